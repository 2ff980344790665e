"""What raised an error, told from its traceback: a module that was imported, a question, or ourselves."""

from __future__ import annotations

from opcode import opmap
from typing import TYPE_CHECKING

from openviper.core import imports

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType, TracebackType

__all__ = ["failed_files", "imported_by", "is_of_import_string", "is_of_input", "is_of_project_command", "is_raised"]

# What asks, and raises EOFError itself.
_QUESTIONS = frozenset({"click._termui_impl", "click.termui", "click.testing", "getpass"})


def imported_by(error: BaseException) -> str | None:
    """Return the module whose import raised ``error``: the innermost that was being imported, else ``None``."""
    module = None
    for frame in _frames(error):
        if _is_import(frame):
            module = _module(frame)
    return module


def failed_files(error: BaseException) -> Iterator[str]:
    """Yield the files of the modules whose imports ``error`` broke off, also of one that does not parse."""
    yield from (frame.f_code.co_filename for frame in _frames(error) if _is_import(frame))
    if isinstance(error, SyntaxError) and error.filename:
        yield error.filename


def is_of_input(error: BaseException | None) -> bool:
    """Tell whether a question met the end of the input: in ``input()``, ``getpass()``, or a prompt of click's."""
    trace = None if error is None else error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    # Not what is derived from it: it is of a file, or of a connection.
    if type(error) is not EOFError or trace is None:
        return False
    # input() has no frame: it is what was called there, and says nothing of a terminal.
    is_input = error.args in ((), ("EOF when reading a line",)) and not _raises(trace)
    return is_input or _module(trace.tb_frame) in _QUESTIONS


def is_of_import_string(error: ImportError) -> bool:
    """Tell what ``import_string`` itself refuses from what a module raises while it is imported."""
    frames = list(_frames(error))
    return bool(frames) and frames[-1].f_code.co_filename == imports.__file__


def is_of_project_command(error: BaseException) -> bool:
    """Tell whether the command file of an app raised ``error``, or what it called."""
    return any(_module(frame).rpartition(".")[0].endswith("management.commands") for frame in _frames(error))


def is_raised(error: BaseException) -> bool:
    """Tell whether a ``raise`` of Python code raised ``error``, and not the system in what that called."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and _raises(trace)


def _raises(trace: TracebackType) -> bool:
    return trace.tb_frame.f_code.co_code[trace.tb_lasti] == opmap["RAISE_VARARGS"]


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
