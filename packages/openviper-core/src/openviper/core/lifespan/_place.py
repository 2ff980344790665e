"""Where in an app an error came from."""

from __future__ import annotations

import os
from traceback import walk_tb

from openviper.core.app_resolver import locate

__all__ = ["failing_line", "home_of"]


def home_of(app: str) -> str:
    """Return the folder of a package, with a trailing separator, or the file of a plain module; ``""`` for neither."""
    location = locate(app)
    if location is None:
        return ""
    return f"{location.path[0]}{os.sep}" if location.path else location.file or ""


def failing_line(error: BaseException, home: str) -> str:
    """Return ``file:line`` of the innermost frame inside ``home``, else of the innermost in a file, else ``""``."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}"
    lines = [(frame.f_code.co_filename, line) for frame, line in walk_tb(error.__traceback__)]
    lines = [each for each in lines if not each[0].startswith("<")]
    inside = [each for each in lines if home and each[0].startswith(home)]
    for file, line in (inside or lines)[-1:]:
        return f"{file}:{line}"
    return ""
