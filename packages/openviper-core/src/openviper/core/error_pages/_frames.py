"""The frames of a traceback, with the source around their lines."""

from __future__ import annotations

import linecache
import os
import sys
import sysconfig
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

__all__ = ["Frame", "frames_of", "shorten", "syntax_frame"]

_CONTEXT = 4
_LONGEST_LINE = 400
# A recursion's thousand frames say no more than these.
_FIRST_FRAMES, _LAST_FRAMES = 10, 40


@dataclass(frozen=True, slots=True)
class Frame:
    """A place in the source."""

    #: Shortened where it stands under the interpreter or the current directory.
    path: str
    line: int
    #: The function's qualified name; ``""`` where there is none.
    name: str
    #: The top-level package of a library or of the interpreter; ``""``: the user's own code.
    library: str
    #: Line number and text.
    source: tuple[tuple[int, str], ...]
    #: First and last column (exclusive) of the failing expression in its line, if known.
    columns: tuple[int, int] | None = None
    #: How many frames were left out after (that is, called by) this one.
    left_out: int = 0


def frames_of(tb: TracebackType | None) -> tuple[Frame, ...]:
    """Return the frames of ``tb``, most recent call first, the middle of a very long one left out."""
    calls: list[TracebackType] = []
    while tb is not None:
        calls.append(tb)
        tb = tb.tb_next
    left_out = len(calls) - _FIRST_FRAMES - _LAST_FRAMES
    if left_out <= 0:
        left_out = 0
    else:
        del calls[_FIRST_FRAMES : _FIRST_FRAMES + left_out]
    for filename in {call.tb_frame.f_code.co_filename for call in calls}:
        # The file may have changed since it was last looked at.
        linecache.checkcache(filename)
    last = len(calls) - 1
    return tuple(_frame(calls[index], left_out if index == _FIRST_FRAMES - 1 else 0) for index in range(last, -1, -1))


def syntax_frame(error: SyntaxError) -> Frame | None:
    """Return the place that a syntax error speaks of."""
    if not error.filename or not error.lineno:
        return None
    linecache.checkcache(error.filename)
    source = _source(error.filename, error.lineno, {})
    if not source and error.text:
        source = ((error.lineno, error.text.rstrip("\n")),)
    columns = None
    if error.offset and error.offset > 0:
        same_line = error.end_lineno in (None, error.lineno)
        end = error.end_offset - 1 if same_line and error.end_offset and error.end_offset > error.offset else None
        columns = (error.offset - 1, end if end is not None else error.offset)
    return Frame(shorten(error.filename), error.lineno, "", _library(error.filename, ""), source, columns)


def shorten(filename: str) -> str:
    """Take off what every path of the installation, or of the project, begins with."""
    for folder in (*_library_folders(), os.getcwd()):  # noqa: PTH109 - a string is what it is compared with
        if filename.startswith(folder):
            return filename[len(folder) :].lstrip("/\\")
    return filename


def _frame(call: TracebackType, left_out: int) -> Frame:
    code, names = call.tb_frame.f_code, call.tb_frame.f_globals
    # A line that the compiler made up has none.
    line = call.tb_lineno or code.co_firstlineno
    source = _source(code.co_filename, line, names)
    return Frame(
        path=shorten(code.co_filename),
        line=line,
        name=code.co_qualname,
        library=_library(code.co_filename, str(names.get("__name__", ""))),
        source=source,
        columns=_columns(call, dict(source).get(line, "")),
        left_out=left_out,
    )


def _source(filename: str, line: int, names: Mapping[str, Any]) -> tuple[tuple[int, str], ...]:
    # Source inside a zip file is read by its loader.
    linecache.lazycache(filename, dict(names))
    lines = linecache.getlines(filename)
    first = max(line - _CONTEXT, 1)
    found = [(number, text.rstrip("\n")[:_LONGEST_LINE]) for number, text in enumerate(lines[first - 1 :], first)]
    return tuple(found[: line + _CONTEXT - first + 1])


def _columns(call: TracebackType, text: str) -> tuple[int, int] | None:
    if call.tb_lasti < 0 or not text:
        return None
    place = next(islice(call.tb_frame.f_code.co_positions(), call.tb_lasti // 2, None), None)
    if place is None:
        return None
    line, end_line, start, end = place
    if line != call.tb_lineno or start is None or end is None:
        return None
    # Python counts bytes of UTF-8.
    raw = text.encode("utf-8", "replace")
    first = len(raw[:start].decode("utf-8", "replace"))
    last = len(raw[:end].decode("utf-8", "replace")) if end_line == line else len(text)
    # The whole statement is the line itself, which is marked anyway.
    return (first, last) if 0 < len(text[first:last]) < len(text.strip()) else None


def _library(filename: str, module: str) -> str:
    """Name the package that a frame which is not the user's own belongs to."""
    if module.partition(".")[0] == "openviper":
        return "openviper"
    if filename.startswith("<frozen"):
        return "python"
    for folder in _library_folders():
        if filename.startswith(folder):
            return module.partition(".")[0] or "python"
    return ""


@cache
def _library_folders() -> tuple[str, ...]:
    """Return the folders of installed packages and of the standard library, longest first.

    Not ``sys.prefix`` alone: that is ``/usr`` where the system's Python serves, and a project may stand under it.
    """
    paths = sysconfig.get_paths()
    folders = {paths[key] for key in ("purelib", "platlib", "stdlib", "platstdlib")}
    folders |= {entry for entry in sys.path if entry.endswith(("site-packages", "dist-packages"))}
    return tuple(sorted((folder.rstrip("/\\") + os.sep for folder in folders), key=len, reverse=True))
