"""Where an error came from, in the words of the app that caused it."""

from __future__ import annotations

import os
from traceback import walk_tb
from types import ModuleType

__all__ = ["failing_line", "home_of"]


def home_of(module: ModuleType) -> str:
    """Return the folder of a package, with a trailing separator, or the file of a plain module; ``""`` for neither."""
    for folder in getattr(module, "__path__", ()):
        return f"{folder}{os.sep}"
    return getattr(module, "__file__", None) or ""


def failing_line(error: BaseException, home: str) -> str:
    """Return ``file:line`` of the innermost frame inside ``home``, else of the innermost frame of all, else ``""``."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}"
    lines = [(frame.f_code.co_filename, line) for frame, line in walk_tb(error.__traceback__)]
    inside = [each for each in lines if home and each[0].startswith(home)]
    for file, line in (inside or lines)[-1:]:
        return f"{file}:{line}"
    return ""
