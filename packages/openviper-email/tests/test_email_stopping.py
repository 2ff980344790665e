"""Coroutines of other people, which may not want to stop."""

from __future__ import annotations

import asyncio
import logging
import sys
from contextlib import suppress
from types import ModuleType

import pytest
from stepping import until

from openviper.conf import override_settings
from openviper.core.email import close_mailers
from openviper.core.email._sending.stopping import stoppable
from openviper.core.email.mailers import get_mailer


class Stubborn:
    """Ends when it is let, and not when it is cancelled, but for the second time."""

    def __init__(self):
        self.may_end = asyncio.Event()
        self.error = None
        self.has_ended = False

    async def run(self):
        try:
            with suppress(asyncio.CancelledError):
                await self.may_end.wait()
            await self.may_end.wait()
        finally:
            self.has_ended = True
        if self.error is not None:
            raise self.error


@pytest.fixture
async def stubborn():
    made = Stubborn()
    yield made
    made.may_end.set()
    await until(lambda: made.has_ended)


async def test_who_waits_has_the_result_or_the_error():
    """As if it was awaited."""

    async def divide(number):
        await asyncio.sleep(0)
        return 6 / number

    assert await stoppable(divide(2)) == 3
    with pytest.raises(ZeroDivisionError):
        await stoppable(divide(0))


async def test_who_is_cancelled_stops_it():
    """It has time to note it."""
    noted = []

    async def slow():
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0)
            noted.append("stopped")

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await stoppable(slow())
    assert noted == ["stopped"]


@pytest.mark.parametrize("error", [None, ValueError("too late")])
async def test_what_does_not_stop_is_left_to_itself(stubborn, error, caplog):
    """Nobody waits for its end, or hears of it."""
    stubborn.error = error
    async with asyncio.timeout(10):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await stoppable(stubborn.run())
    assert not stubborn.has_ended
    stubborn.may_end.set()
    await until(lambda: stubborn.has_ended)
    await asyncio.sleep(0)
    assert not caplog.records


async def test_a_backend_that_does_not_let_its_close_be_stopped_holds_nothing_up(stubborn, monkeypatch, caplog):
    """Its mailer is given up, which is logged."""

    class Backend:
        async def send(self, message_data):
            pass

        async def close(self):
            await stubborn.run()

    module = ModuleType("shop_mail")
    module.Backend = Backend
    monkeypatch.setitem(sys.modules, "shop_mail", module)
    with override_settings(EMAIL_BACKEND="shop_mail.Backend"):
        get_mailer()
        async with asyncio.timeout(10):
            await close_mailers(timeout=0)
    assert not stubborn.has_ended
    assert [(each.levelno, each.getMessage()) for each in caplog.records] == [
        (logging.ERROR, "mailer 'default' could not be closed")
    ]
