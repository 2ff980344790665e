"""What is shown of the failure of somebody else's code: a plugin's, a settings module's, a command file's."""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING

from openviper.core import imports
from openviper.core._error_text import error_text
from openviper.core.terminal_text import harmless, harmless_line

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["failure_line", "is_of_import_string", "own_traceback"]


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


def own_traceback(error: BaseException) -> str:
    """Return the traceback of ``error`` as Python prints it, without the frames that led to the code that failed."""
    # Only a failure needs it.
    import traceback  # noqa: PLC0415

    lines = traceback.format_exception(type(error), error, _without_importers(error.__traceback__))
    return harmless("".join(lines))


def _without_importers(trace: TracebackType | None) -> TracebackType | None:
    here = os.path.join(os.path.dirname(__file__), "")  # noqa: PTH118, PTH120 - pathlib is not needed here
    importers = (here, str(importlib.__file__), str(imports.__file__), "<frozen importlib")
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(importers):
        trace = trace.tb_next
    return trace
