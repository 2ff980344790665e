"""What is skipped where a server is not installed, and said at the end of the run."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest

__all__ = ["MISSING", "skip"]

#: Why tests were skipped, and how many.
MISSING: dict[str, int] = {}


def skip(why: str) -> NoReturn:
    """Skip the test; fail it where all services were promised."""
    if os.environ.get("OPENVIPER_REQUIRE_SERVICES") == "1":
        pytest.fail(f"{why}, and OPENVIPER_REQUIRE_SERVICES=1")
    MISSING[why] = MISSING.get(why, 0) + 1
    pytest.skip(why)
