"""Completion of command lines by a shell: the script that asks, and the answers."""

from __future__ import annotations

import os
import sys
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    import click

__all__ = ["PROGRAM", "SHELLS", "VARIABLE", "answer_shell", "completion_script"]

PROGRAM = "openviper"
#: Holds the shell's question; click's name for it.
VARIABLE = "_OPENVIPER_COMPLETE"
#: Those of every click that serves.
SHELLS = ("bash", "fish", "zsh")


def completion_script(command: click.Command, shell: str) -> str:
    """Return the script that makes a shell complete ``openviper``.

    Raises:
        ValueError: click knows no such shell.
    """
    # As below.
    from click.shell_completion import get_completion_class  # noqa: PLC0415

    kind = get_completion_class(shell)
    if kind is None:
        raise ValueError(f"{shell!r} is no shell that can complete; expected one of {', '.join(SHELLS)}")
    return kind(command, {}, PROGRAM, VARIABLE).source()


def answer_shell(command: click.Command, instruction: str) -> int:
    """Print what could follow the words of a command line, and nothing else; return the exit code.

    A message on a Tab would stand in the middle of the line that is being typed, so there is none, whatever fails.

    Args:
        command: What is completed.
        instruction: The value of ``VARIABLE``: ``"bash_complete"``.
    """
    # Only a shell that asks needs it.
    from click.shell_completion import shell_complete  # noqa: PLC0415

    try:
        with _stdout_for_answers() as answers, redirect_stdout(answers):
            return shell_complete(command, {}, PROGRAM, VARIABLE, instruction)
    except (Exception, SystemExit, KeyboardInterrupt):
        return 1


def _stdout_for_answers() -> TextIO:
    """Return what the shell reads; from now on all that is written past it, to stdout and stderr, goes nowhere.

    A plugin may write to the descriptors themselves, or have another program do it.
    """
    answers = os.fdopen(os.dup(1), "w", encoding=sys.stdout.encoding, errors=sys.stdout.errors)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    return answers
