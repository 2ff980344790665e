"""Tracebacks that begin in the code that failed: what led to it says nothing to its author."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from openviper.core.errors import OpenViperError
from openviper.core.terminal_text import harmless

if TYPE_CHECKING:
    from collections.abc import Collection
    from types import FrameType, TracebackType

__all__ = ["own_frames", "own_traceback"]

# What runs settings, hooks and applications.
_RUNNERS = frozenset(
    {"asyncio", "contextlib", "importlib", "openviper.conf", "openviper.core", "openviper.core.lifespan"}
)
# Without a file where Python is part of one program.
_STANDARD = os.path.dirname(getattr(os, "__file__", "")) + os.sep  # noqa: PTH120 - pathlib is not loaded for this
_INSTALLED = tuple(f"{_STANDARD}{folder}{os.sep}" for folder in ("site-packages", "dist-packages"))


def own_traceback(error: BaseException, *, runners: Collection[str] = (), libraries: Collection[str] = ()) -> str:
    """Return the traceback of ``error`` as Python prints it, with no more than :func:`own_frames` of each exception.

    What a terminal would obey is an escape.
    """
    # Only a failure needs it.
    from traceback import TracebackException  # noqa: PLC0415

    report = TracebackException.from_exception(error)
    # No recursion: a chain may be longer than the stack. It has an end: an exception that leads back is None there.
    left = [(report, error)]
    while left:
        part, raised = left.pop()
        del part.stack[: _leading(raised, runners, libraries)]
        inner = [(part.__cause__, raised.__cause__), (part.__context__, raised.__context__)]
        inner += zip(part.exceptions or (), getattr(raised, "exceptions", ()), strict=False)
        left += [(each, of) for each, of in inner if each is not None and of is not None]
    return harmless("".join(report.format()))


def own_frames(
    error: BaseException, *, runners: Collection[str] = (), libraries: Collection[str] = ()
) -> TracebackType | None:
    """Return the traceback of ``error`` from the first frame on that belongs to none who only runs what others wrote.

    Where that frame is the standard library's, or that of a library, OpenViper called it: the traceback begins in the
    last frame of OpenViper before it. Where only those who run others' code were involved, it is whole if that is a
    mistake of OpenViper's own; ``None`` if OpenViper raised one of its errors, a file cannot be imported, or a function
    not be called as it is: the error itself says why.

    Args:
        error: What was raised.
        runners: Modules, and packages with their direct modules, that run what others wrote, besides the core,
            asyncio, contextlib and importlib.
        libraries: The top-level packages that these call for themselves.
    """
    trace = error.__traceback__
    for _ in range(_leading(error, runners, libraries)):
        trace = trace and trace.tb_next
    return trace


def _leading(error: BaseException, runners: Collection[str], libraries: Collection[str]) -> int:
    """Return how many frames are left out."""
    frames = _frames(error)
    names = [_module(frame) for frame in frames]
    others = [n for n, name in enumerate(names) if not (_is_in(_RUNNERS, name) or _is_in(runners, name))]
    if not others:
        return len(frames) if _says_enough(error, names) else 0
    first = others[0]
    if not _is_library(frames[first], libraries):
        return first
    if isinstance(error, OpenViperError) and all(_is_library(frames[n], libraries) for n in others):
        return len(frames)
    return max((n for n in range(first) if _is_ours(names[n])), default=0)


def _says_enough(error: BaseException, names: list[str]) -> bool:
    """Tell whether the error that was raised among runners needs no frames."""
    if isinstance(error, OpenViperError) or not any(map(_is_ours, names)):
        return True
    last = names[-1]
    if _is_ours(last):
        return False
    is_call = isinstance(error, TypeError) and not _is_in(_RUNNERS, last)
    return is_call or isinstance(error, ImportError | SyntaxError) or not isinstance(error, Exception)


def _is_in(packages: Collection[str], module: str) -> bool:
    return module in packages or module.rpartition(".")[0] in packages


def _is_ours(module: str) -> bool:
    return module.startswith("openviper.")


def _is_library(frame: FrameType, libraries: Collection[str]) -> bool:
    package, file = _module(frame).partition(".")[0], frame.f_code.co_filename
    if package in libraries:
        return True
    # A project may have a module of the same name as one of Python's.
    is_there = file.startswith(("<frozen ", _STANDARD)) and not file.startswith(_INSTALLED)
    return is_there and package in sys.stdlib_module_names


def _frames(error: BaseException) -> list[FrameType]:
    found: list[FrameType] = []
    trace = error.__traceback__
    while trace is not None:
        found.append(trace.tb_frame)
        trace = trace.tb_next
    return found


def _module(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__"))
