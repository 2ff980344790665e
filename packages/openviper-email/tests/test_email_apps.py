"""Mail in an application: what its start refuses, and what its stop waits for, reports and closes."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from openviper._settings.core import LifespanSettings
from openviper._settings.email import EmailSettings
from openviper.conf import override_settings
from openviper.core.email import DeliveryError, send_email
from openviper.core.lifespan import lifespan


def application(port, **settings):
    return override_settings(
        EMAIL_BACKEND="smtp",
        EMAIL_HOST="127.0.0.1",
        EMAIL_PORT=port,
        INSTALLED_APPS=("openviper.core.email",),
        **settings,
    )


async def until(is_so):
    for _ in range(250):
        if is_so():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it is not so after 5 s")


# By the defaults, ten times as fast; and where mail would take as long as the application, or longer.
_DEFAULT = EmailSettings().EMAIL_DRAIN_TIMEOUT / LifespanSettings().SHUTDOWN_TIMEOUT.total_seconds()


@pytest.mark.parametrize("ratio", [_DEFAULT, 1.0, 10.0])
async def test_a_stop_names_what_is_under_way_and_closes_its_connection(smtp_script, caplog, ratio):
    """A server that never answers leaves time for both, however long mail would wait for it."""
    from smtp_script import SILENCE

    server = smtp_script({".": SILENCE})
    with application(server.port, EMAIL_DRAIN_TIMEOUT=ratio, SHUTDOWN_TIMEOUT=timedelta(seconds=1)):
        async with lifespan():
            sending = asyncio.create_task(send_email("ada@example.org", "s", "t", message_id="<1@example.org>"))
            await until(lambda: server.received)
        assert "<1@example.org> was still under way" in caplog.text
        with pytest.raises(DeliveryError):
            await asyncio.wait_for(sending, 5)
    await until(lambda: not server.open)


async def test_a_stop_says_quit(smtp_script):
    """To the servers over whose connections nothing is under way."""
    server = smtp_script()
    with application(server.port, EMAIL_DRAIN_TIMEOUT=60.0):
        async with lifespan():
            await send_email("ada@example.org", "s", "t")
    assert server.commands[-1] == (0, "QUIT")
