"""Results of a command, for whoever reads its stdout."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import Any

__all__ = ["print_json", "print_lines"]


def print_lines(lines: Iterable[str]) -> None:
    """Print lines; what the stream has no characters for is written as an escape."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    for line in lines:
        print(line.encode(encoding, "backslashreplace").decode(encoding))


def print_json(value: Any) -> None:
    """Print a value as JSON, in ASCII."""
    print(json.dumps(value, indent=2))
