"""Work that a command runs to its end; what signals do to it is tried with the commands."""

from __future__ import annotations

import asyncio
import signal
import threading

import pytest

from openviper.backup._terminal.running import run_to_end
from openviper.backup.errors import BackupError


async def five(line):
    return 5


async def failing(line):
    raise BackupError("no")


def test_the_result():
    """The result is what the work returns, and signals mean what they meant before."""
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    assert run_to_end(five, outcome="") == 5
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def test_an_error():
    """An error of the work passes through."""
    with pytest.raises(BackupError, match="no"):
        run_to_end(failing, outcome="")


def test_in_another_thread():
    """In another thread, where there are no signals, the work is done nevertheless."""
    found = []
    thread = threading.Thread(target=lambda: found.append(run_to_end(five, outcome="")))
    thread.start()
    thread.join()
    assert found == [5]


def test_a_cancellation_of_its_own():
    """A cancellation that no signal has caused is not taken for one that did."""

    async def cancelled(line):
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        run_to_end(cancelled, outcome="")
