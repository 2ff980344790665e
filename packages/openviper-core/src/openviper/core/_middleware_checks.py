"""The core's check of MIDDLEWARE: each entry is imported, and none is built."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openviper.conf import settings
from openviper.core.checks import CheckMessage, Severity
from openviper.core.middleware import middleware_problems

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["check_middleware"]


def check_middleware() -> Iterator[CheckMessage]:
    """Report each entry with which no application could start."""
    for problem in middleware_problems(settings.MIDDLEWARE, source="settings.MIDDLEWARE"):
        yield CheckMessage("openviper.core.middleware", Severity.ERROR, problem)
