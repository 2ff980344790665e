"""The health pages."""

from __future__ import annotations

import os
import signal

from openviper.app import OpenViper
from openviper.conf import override_settings
from openviper.testing import test_client


async def test_health_pages_are_off_unless_asked_for():
    """Nobody gets a page that they did not ask for."""
    for path in ("/-/live", "/-/ready"):
        async with test_client(OpenViper()) as client:
            assert (await client.get(path)).status_code == 404


async def test_ready_is_503_before_start_up_and_after_shutdown():
    """A balancer sends no request to a process whose plugins are not ready."""
    app, answers = OpenViper(), []

    async def ask():
        async def send(message):
            answers.append(message.get("status"))

        for path in ("/-/live", "/-/ready"):
            await app({"type": "http", "method": "GET", "path": path, "headers": []}, None, send)

    app.on_startup(ask)
    with override_settings(HEALTH_PAGES=True):
        async with test_client(app) as client:
            assert (await client.get("/-/ready")).json() == {"status": "ready"}
            assert (await client.get("/-/live")).headers["cache-control"] == "no-store"
        await ask()
    assert [status for status in answers if status] == [200, 503, 200, 503]


async def test_ready_is_503_from_sigterm_on():
    """The server's own handler for SIGTERM still runs, and has the signal back after shutdown."""
    arrived = []
    before = signal.signal(signal.SIGTERM, lambda number, frame: arrived.append(number))
    theirs = signal.getsignal(signal.SIGTERM)
    try:
        with override_settings(HEALTH_PAGES=True):
            async with test_client(OpenViper()) as client:
                assert (await client.get("/-/ready")).status_code == 200
                os.kill(os.getpid(), signal.SIGTERM)
                assert (await client.get("/-/ready")).status_code == 503
                assert (await client.get("/-/live")).status_code == 200
        assert arrived == [signal.SIGTERM]
        assert signal.getsignal(signal.SIGTERM) is theirs
    finally:
        signal.signal(signal.SIGTERM, before)


async def test_health_pages_are_only_read():
    """Another method is a 405 that names those allowed, as for every known path."""
    with override_settings(HEALTH_PAGES=True):
        async with test_client(OpenViper()) as client:
            response = await client.post("/-/live")
    assert (response.status_code, response.headers["allow"]) == (405, "GET, HEAD")
