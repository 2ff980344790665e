"""Completion of command lines by a shell: the script that asks, and the answers."""

from __future__ import annotations

import os
import sys
import time
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from types import FrameType

    import click

__all__ = ["PROGRAM", "SHELLS", "VARIABLE", "answer_shell", "completion_script"]

PROGRAM = "openviper"
#: Holds the shell's question; click's name for it.
VARIABLE = "_OPENVIPER_COMPLETE"
#: Those of every click that serves.
SHELLS = ("bash", "fish", "zsh")

# Seconds for a project, whose settings are read; and for what goes on after that.
_FOR_PROJECT = 2.0
_FOR_REST = 0.5


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
    script = kind(command, {}, PROGRAM, VARIABLE).source()
    # click's takes bash's own file names away where it has nothing to offer.
    return script.replace("complete -o nosort", "complete -o nosort -o default")


def answer_shell(command: click.Command, instruction: str) -> int:
    """Print what could follow the words of a command line, and nothing else; return the exit code.

    A message on a Tab would stand in the middle of the line that is being typed, so there is none, whatever fails. A
    project that takes longer than two seconds is left out, and none of it reads what is being typed.

    Args:
        command: What is completed.
        instruction: The value of ``VARIABLE``: ``"bash_complete"``.
    """
    # Only a shell that asks needs it.
    from click.shell_completion import shell_complete  # noqa: PLC0415

    try:
        _limit_time()
        with _stdout_for_answers() as answers, redirect_stdout(answers):
            return shell_complete(command, {}, PROGRAM, VARIABLE, instruction)
    except (Exception, SystemExit, KeyboardInterrupt):
        return 1


def _stdout_for_answers() -> TextIO:
    """Return what the shell reads; from now on all that is written past it, to stdout and stderr, goes nowhere.

    A plugin may write to the descriptors themselves, or have another program do it. Stdin is empty: it is the terminal.
    """
    answers = os.fdopen(os.dup(1), "w", encoding=sys.stdout.encoding, errors=sys.stdout.errors)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nowhere, number)
    return answers


def _limit_time() -> None:
    """Interrupt what takes too long; what goes on then, such as a thread of the project's, ends with the process."""
    # click's completion has imported both.
    import signal  # noqa: PLC0415
    import threading  # noqa: PLC0415

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise TimeoutError

    signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, _FOR_PROJECT)
    threading.Thread(target=_end, daemon=True).start()


def _end() -> None:
    time.sleep(_FOR_PROJECT + _FOR_REST)
    os._exit(0)
