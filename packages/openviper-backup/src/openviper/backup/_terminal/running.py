"""Run a backup or a restore to its end; SIGTERM, Ctrl-C and a closed terminal make it take away what it has begun."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager
from typing import Any, TypeVar, cast

import click

from openviper.backup._terminal.lines import is_terminal, say
from openviper.backup._terminal.progress import ProgressLine
from openviper.backup.errors import Interrupted
from openviper.backup.job import Finished

__all__ = ["run_to_end"]

T = TypeVar("T")

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class _Stopped(Exception):
    """A signal has ended the work; ``args``: which."""


def run_to_end(work: Callable[[ProgressLine], Coroutine[Any, Any, T]], *, outcome: str) -> T:
    """Run what ``work`` returns for the line that shows progress on a terminal.

    Stopped by a signal, the command exits with what shells say of one: 130 for Ctrl-C, 143 for SIGTERM.

    Args:
        outcome: What holds then.

    Raises:
        BackupError: What the work raises, and what came of it when it was told to stop.
    """
    line = ProgressLine(enabled=is_terminal(sys.stderr) and os.environ.get("TERM", "dumb") != "dumb")
    try:
        return asyncio.run(_supervised(work(line), line))
    except _Stopped as stopped:
        line.clear()
        number: signal.Signals = stopped.args[0]
        say(f"Error: Stopped by {number.name}: {outcome}", err=True)
        raise click.exceptions.Exit(128 + number) from stopped
    finally:
        line.clear()


async def _supervised(work: Coroutine[Any, Any, T], line: ProgressLine) -> T:
    received: list[signal.Signals] = []
    task = cast("asyncio.Task[T]", asyncio.current_task())

    def stop(number: signal.Signals) -> None:
        if not received and is_terminal(sys.stderr):
            line.clear()
            say("Stopping: what was begun is taken away ...", err=True)
        received.append(number)
        task.cancel()

    with _handlers(stop):
        try:
            return await work
        except asyncio.CancelledError as cancelled:
            if not received:
                raise
            return cast("T", _came_of(cancelled, received[0]))


def _came_of(cancelled: asyncio.CancelledError, number: signal.Signals) -> Any:
    """Return the result of what was done before it could be stopped; of anything else, raise what came of it."""
    cause = cancelled.__cause__
    if isinstance(cause, Finished):
        return cause.result
    if cause is None or isinstance(cause, Interrupted):
        raise _Stopped(number) from cancelled
    raise cause from None


@contextmanager
def _handlers(stop: Callable[[signal.Signals], None]) -> Generator[None]:
    loop = asyncio.get_running_loop()
    # Python takes signals in the main thread alone.
    candidates = _SIGNALS if threading.current_thread() is threading.main_thread() else ()
    # One that is ignored stays so: of nohup, of what a shell runs in the background.
    numbers = [number for number in candidates if signal.getsignal(number) is not signal.SIG_IGN]
    for number in numbers:
        loop.add_signal_handler(number, stop, number)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
