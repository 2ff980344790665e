"""The event loop of a console."""

from __future__ import annotations

import asyncio
import sys
from contextvars import ContextVar, copy_context

import pytest

from openviper.cli._console_loop import ConsoleLoop

number = ContextVar("number", default=0)


async def running_loop():
    return asyncio.get_running_loop()


def test_everything_runs_on_one_loop():
    """It is closed at the end."""
    with ConsoleLoop() as loop:
        first = loop.run(running_loop())
        assert loop.run(running_loop()) is first
        assert not first.is_closed()
    assert first.is_closed()


def test_a_given_context_keeps_what_is_set_in_it():
    """And the current one does not change."""

    async def count():
        number.set(number.get() + 1)
        return number.get()

    context = copy_context()
    with ConsoleLoop() as loop:
        assert [loop.run(count(), context), loop.run(count(), context), loop.run(count())] == [1, 2, 1]
    assert number.get() == 0


@pytest.mark.parametrize("error", [ValueError("x"), KeyboardInterrupt(), SystemExit(3)])
def test_what_is_raised_is_raised(error, caplog):
    """And logged nowhere."""

    async def fail():
        raise error

    with pytest.raises(type(error)), ConsoleLoop() as loop:
        loop.run(fail())
    assert not caplog.records


def test_what_still_waits_when_the_loop_is_interrupted_is_cancelled():
    """Its cleaning up is done when the interrupt arrives."""
    done = []

    async def wait():
        asyncio.get_running_loop().call_soon(sys.exit, 4)
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0)
            done.append("clean")

    with ConsoleLoop() as loop:
        with pytest.raises(SystemExit):
            loop.run(wait())
        assert done == ["clean"]
