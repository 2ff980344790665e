"""A failure of somebody else's code in one line: what it raised, or that it wanted to end the command."""

from __future__ import annotations

from openviper.core.error_places import failing_line
from openviper.core.error_text import error_text, exit_line
from openviper.core.terminal_text import harmless_line

__all__ = ["exit_sentence", "failure_line", "place_of"]


def failure_line(error: BaseException) -> str:
    """Return ``"ValueError: the first line of what it says"``, harmless to a terminal."""
    first = next(iter(error_text(error).strip().splitlines()), "").strip()
    return harmless_line(f"{type(error).__name__}: {first}" if first else type(error).__name__)


def exit_sentence(what: str, error: BaseException) -> str:
    """Say that ``what`` wanted to end the command, and in which line: obeyed, it could be one that did its work."""
    if isinstance(error, SystemExit):
        return harmless_line(exit_line(what, error, place_of(error)))
    line = failure_line(error)
    return f"{what} raised click's {line}{place_of(error)}; expected another exception where something is wrong"


def place_of(error: BaseException) -> str:
    """Return ``" (file:line)"``, where ``error`` was raised; ``""`` where that is not known."""
    # What is raised by ctx.exit() or click.prompt() is raised in click.
    line = failing_line(error, lambda frame: not str(frame.f_globals.get("__name__")).startswith("click."))
    return f" ({harmless_line(line)})" if line else ""
