"""Tracebacks that begin in the code that failed: what led to it says nothing to its author."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openviper.core.terminal_text import harmless

if TYPE_CHECKING:
    from types import FrameType, TracebackType

__all__ = ["own_frames", "own_traceback"]

# The packages that run commands, settings, hooks and applications. The commands of other distributions are none of them.
_RUNNERS = frozenset(
    {
        "asyncio",
        "click",
        "importlib",
        "openviper.cli",
        "openviper.cli.commands",
        "openviper.conf",
        "openviper.core",
        "openviper.core.lifespan",
        "uvicorn",
    }
)


def own_traceback(error: BaseException) -> str:
    """Return the traceback of ``error`` as Python prints it, with no more than :func:`own_frames`.

    What a terminal would obey is an escape.
    """
    # Only a failure needs it.
    import traceback  # noqa: PLC0415

    return harmless("".join(traceback.format_exception(type(error), error, own_frames(error))))


def own_frames(error: BaseException) -> TracebackType | None:
    """Return the traceback of ``error`` from the first frame on that belongs to none who only runs what others wrote.

    Where all do, it is whole if OpenViper raised it, for that is a mistake of its own; else ``None``: a file cannot be
    imported, or a function not be called as it is, and the error itself says why.
    """
    last = begin = error.__traceback__
    while begin is not None and _is_runner(begin.tb_frame):
        last, begin = begin, begin.tb_next
    if begin is None and last is not None and _module(last.tb_frame).startswith("openviper."):
        return error.__traceback__
    return begin


def _is_runner(frame: FrameType) -> bool:
    name = _module(frame)
    return name in _RUNNERS or name.rpartition(".")[0] in _RUNNERS


def _module(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__"))
