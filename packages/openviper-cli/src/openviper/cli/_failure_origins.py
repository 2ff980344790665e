"""Whose code raised an error, told from its traceback: a module's that was imported, the settings', or our own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openviper.core import imports

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

__all__ = ["imported_by", "is_of_import_string", "is_of_settings"]


def imported_by(error: BaseException) -> str | None:
    """Return the module whose import raised ``error``: the innermost that was being imported, else ``None``."""
    module = None
    for frame in _frames(error):
        if _is_import(frame):
            module = _module(frame)
    return module


def is_of_settings(error: BaseException) -> bool:
    """Tell whether settings raised it while they were made: in ``__post_init__``, or a property."""
    # A function that override_settings() decorates is called by that.
    names = (name for name in map(_module, _frames(error)) if name != "openviper.conf._override")
    return any(name.startswith("openviper.conf.") for name in names)


def is_of_import_string(error: ImportError) -> bool:
    """Tell what ``import_string`` itself refuses from what a module raises while it is imported."""
    frames = list(_frames(error))
    return bool(frames) and frames[-1].f_code.co_filename == imports.__file__


def _frames(error: BaseException) -> Iterator[FrameType]:
    trace = error.__traceback__
    while trace is not None:
        yield trace.tb_frame
        trace = trace.tb_next


def _is_import(frame: FrameType) -> bool:
    # Code that is run by exec(), as a console does, has no __spec__.
    is_module = frame.f_globals.get("__spec__") is not None and _module(frame) != "__main__"
    return is_module and frame.f_code.co_name == "<module>"


def _module(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__"))
