"""Tracebacks that begin in the code that failed: what led to it says nothing to its author."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openviper.core.errors import OpenViperError
from openviper.core.terminal_text import harmless

if TYPE_CHECKING:
    from traceback import TracebackException
    from types import FrameType, TracebackType

__all__ = ["own_frames", "own_traceback"]

# The packages that run commands, settings, hooks and applications; the commands of other distributions are not there.
_RUNNERS = frozenset(
    {
        "asyncio",
        "click",
        "contextlib",
        "importlib",
        "openviper.app",
        "openviper.cli",
        "openviper.cli.commands",
        "openviper.conf",
        "openviper.core",
        "openviper.core.lifespan",
        "uvicorn",
    }
)


def own_traceback(error: BaseException) -> str:
    """Return the traceback of ``error`` as Python prints it, with no more than :func:`own_frames` of each exception.

    What a terminal would obey is an escape.
    """
    # Only a failure needs it.
    from traceback import TracebackException  # noqa: PLC0415

    report = TracebackException.from_exception(error)
    _cut(report, error)
    return harmless("".join(report.format()))


def own_frames(error: BaseException) -> TracebackType | None:
    """Return the traceback of ``error`` from the first frame on that belongs to none who only runs what others wrote.

    Where all do, it is whole if OpenViper raised what is none of its own errors, for that is a mistake of its own; else
    ``None``: a file cannot be imported, or a function not be called as it is, and the error itself says why.
    """
    trace = error.__traceback__
    for _ in range(_leading(error)):
        trace = trace and trace.tb_next
    return trace


def _leading(error: BaseException) -> int:
    """Return how many frames are left out."""
    names: list[str] = []
    trace = error.__traceback__
    while trace is not None:
        names.append(_module(trace.tb_frame))
        if not _is_runner(names[-1]):
            return len(names) - 1
        trace = trace.tb_next
    is_mistake = names and names[-1].startswith("openviper.") and not isinstance(error, OpenViperError)
    return 0 if is_mistake else len(names)


def _cut(report: TracebackException, error: BaseException) -> None:
    del report.stack[: _leading(error)]
    parts = zip(report.exceptions or (), getattr(error, "exceptions", ()), strict=False)
    for inner, part in ((report.__cause__, error.__cause__), (report.__context__, error.__context__), *parts):
        if inner is not None and part is not None:
            _cut(inner, part)


def _is_runner(module: str) -> bool:
    return module in _RUNNERS or module.rpartition(".")[0] in _RUNNERS


def _module(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__"))
