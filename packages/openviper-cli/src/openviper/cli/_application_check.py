"""What ``viperctl check`` says of the application that ``start-server`` would serve; it is imported, not started."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openviper.cli._application import load_application
from openviper.cli._failure_lines import failure_line
from openviper.cli._failure_origins import failed_files
from openviper.cli._foreign_code import foreign_code
from openviper.cli._own_commands import is_inside
from openviper.cli.errors import CommandLineError
from openviper.core.applications import project_application
from openviper.core.checks import CheckMessage, Severity
from openviper.core.distributions import available_with
from openviper.core.error_places import failing_line
from openviper.core.error_text import error_line
from openviper.core.errors import ImproperlyConfigured

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

    from openviper.cli._project import Project

__all__ = ["check_application"]


def check_application(project: Project, known: Sequence[CheckMessage]) -> list[CheckMessage]:
    """Import the application of ``project``, if it has one, and return what keeps it from being served.

    Args:
        project: The one in force.
        known: What was found before: an app that cannot be imported breaks the application too, and is told once.
    """
    try:
        application = project_application(project.found)
    except ImproperlyConfigured:
        # Not every project serves something.
        return []
    try:
        with foreign_code(application):
            load_application(application)
    except Exception as error:  # whatever the module raises
        return [] if _is_known(error, known) else [_message(application, error, project.folder)]
    return []


def _message(application: str, error: Exception, folder: str) -> CheckMessage:
    if isinstance(error, CommandLineError):
        return _error(str(error))
    hints: list[str] = []
    if line := failing_line(error, lambda frame: _is_own(frame, folder)):
        hints.append(f"raised at {line}")
    if isinstance(error, ModuleNotFoundError) and (source := available_with(error.name or "")):
        hints.append(f"{error.name} {source}")
    return _error(f"{application} cannot be imported: {failure_line(error)}", "; ".join(hints))


def _error(message: str, hint: str = "") -> CheckMessage:
    return CheckMessage("openviper.cli.application", Severity.ERROR, message, hint or None)


def _is_own(frame: FrameType, folder: str) -> bool:
    """Tell the project's code from that of what it calls, and from code that was made of a text."""
    file = frame.f_code.co_filename
    return not file.startswith("<") and is_inside(file, folder)


def _is_known(error: Exception, known: Sequence[CheckMessage]) -> bool:
    """Tell whether an error among ``known`` names a module that failed here too, or says the same."""
    raised = error.__cause__ if isinstance(error, CommandLineError) and error.__cause__ else error
    signs = [error_line(raised).partition("\n")[0], *(f"{file}:" for file in failed_files(raised))]
    said = [f"{each.message} {each.hint}" for each in known if each.severity is Severity.ERROR]
    return any(sign in each for sign in signs for each in said)
