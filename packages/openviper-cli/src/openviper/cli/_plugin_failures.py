"""What is shown of the failure of somebody else's code: a plugin's, a settings module's, a command file's."""

from __future__ import annotations

from openviper.core import imports
from openviper.core._error_text import error_text
from openviper.core.terminal_text import harmless_line

__all__ = ["failure_line", "is_of_import_string"]


def failure_line(error: BaseException) -> str:
    """Return ``"ValueError: the first line of what it says"``, harmless to a terminal."""
    first = next(iter(error_text(error).strip().splitlines()), "").strip()
    return harmless_line(f"{type(error).__name__}: {first}" if first else type(error).__name__)


def is_of_import_string(error: ImportError) -> bool:
    """Tell what ``import_string`` itself refuses from what a module raises while it is imported."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and trace.tb_frame.f_code.co_filename == imports.__file__
