"""How mailers are closed: in time, with what is under way, and by whom."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
import threading

import pytest
from mailer_backends import message
from smtp_script import SILENCE
from stepping import until

from openviper.conf import override_settings
from openviper.core.email import close_mailers, send_email
from openviper.core.email.apps import shutdown
from openviper.core.email.mailers import get_mailer
from openviper.core.lifespan import lifespan


async def test_closing_waits_for_what_is_under_way(module):
    """And can be asked for as often as wanted; who sends afterwards gets a new mailer."""
    done = []

    class Slow:
        async def send(self, message_data):
            await asyncio.sleep(0.05)
            done.append("sent")

        async def close(self):
            done.append("closed")

    module.Backend = Slow
    with override_settings(EMAIL_BACKEND="shop_mail.Backend"):
        sending = asyncio.create_task(get_mailer().deliver(message()))
        await asyncio.sleep(0)
        await close_mailers()
        await close_mailers()
        assert (await sending).ok
        assert done == ["sent", "closed"]
        assert (await get_mailer().deliver(message())).ok


async def test_what_is_not_done_in_time_is_reported_message_by_message(module, caplog):
    """A shutdown ends at its deadline, and says what it left."""

    class Hanging:
        async def send(self, message_data):
            await asyncio.Event().wait()

    module.Backend = Hanging
    with override_settings(EMAIL_BACKEND="shop_mail.Backend"):
        mailer = get_mailer()
        sending = [
            asyncio.create_task(mailer.deliver(message(message_id=f"<{number}@example.org>"))) for number in range(3)
        ]
        await asyncio.sleep(0)
        await close_mailers(timeout=0.05)
    said = [each.getMessage() for each in caplog.records if each.levelno == logging.ERROR]
    assert [each.split(" was still under way")[0] for each in said] == [
        f"<{number}@example.org>" for number in range(3)
    ]
    for each in sending:
        each.cancel()
    await asyncio.gather(*sending, return_exceptions=True)


@pytest.mark.parametrize("seconds", [None, 0.1, 0])
async def test_the_time_for_closing_reaches_the_connections(smtp_script, seconds):
    """A message that is not done by then is ambiguous, and all is over, whatever the server says to QUIT."""
    server = smtp_script({".": [SILENCE]})
    settings = {"EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": server.port, "EMAIL_DRAIN_TIMEOUT": 0.25}
    with override_settings(EMAIL_BACKEND="smtp", **settings):
        sending = asyncio.create_task(get_mailer().deliver(message()))
        await until(lambda: server.received)
        async with asyncio.timeout(5):
            await close_mailers(seconds)
    assert {each.outcome for each in (await sending).refused} == {"ambiguous"}
    await until(lambda: server.open == 0)


async def test_a_server_that_does_not_greet_holds_nothing_up_once_nobody_waits(smtp_script):
    """Closing takes as long as it needs, not as long as it may."""
    server = smtp_script({"CONNECT": SILENCE})
    settings = {"EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": server.port, "EMAIL_DRAIN_TIMEOUT": 60.0}
    with override_settings(EMAIL_BACKEND="smtp", **settings):
        sending = asyncio.create_task(get_mailer().deliver(message()))
        await until(lambda: server.connections == 1)
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        async with asyncio.timeout(5):
            await close_mailers()


async def test_a_backend_that_does_not_end_is_left(module, caplog):
    """It is told how much time there is, and has a second more."""
    told = []

    class Hanging:
        async def send(self, message_data):
            pass

        async def close(self, timeout):  # noqa: ASYNC109 - what the mailer looks for
            told.append(timeout)
            await asyncio.sleep(60)

    module.Backend = Hanging
    with override_settings(EMAIL_BACKEND="shop_mail.Backend"):
        get_mailer()
        async with asyncio.timeout(10):
            await close_mailers(timeout=0.2)
    assert 0 < told[0] <= 0.2
    assert "mailer 'default' could not be closed" in caplog.text


async def test_a_backend_that_cannot_be_closed_does_not_stop_the_shutdown(module, caplog):
    """The others are closed all the same; it is logged."""
    closed = []

    class Failing:
        async def send(self, message_data):
            pass

        def close(self):
            closed.append(self)
            raise RuntimeError("stuck")

    module.Backend = Failing
    mailers = {"bulk": {"BACKEND": "shop_mail.Backend"}}
    with override_settings(EMAIL_BACKEND="shop_mail.Backend", EMAIL_MAILERS=mailers):
        get_mailer()
        get_mailer("bulk")
        await close_mailers()
    assert len(closed) == 2
    assert "mailer 'bulk' could not be closed" in caplog.text


async def test_a_close_that_is_not_async_does_not_hold_the_loop(module):
    """It runs in a thread, as send does."""
    threads = []

    class Blocking:
        def send(self, message_data):
            pass

        def close(self, timeout):
            threads.append(threading.current_thread())

    module.Backend = Blocking
    with override_settings(EMAIL_BACKEND="shop_mail.Backend"):
        get_mailer()
        await close_mailers()
    assert threads != [threading.current_thread()]
    assert len(threads) == 1


async def test_an_installed_app_closes_the_mailers_at_shutdown(module):
    """Start-up checks the settings, and shutdown drains."""
    closed = []

    class Closing:
        async def send(self, message_data):
            pass

        async def close(self):
            closed.append(self)

    module.Backend = Closing
    with override_settings(EMAIL_BACKEND="shop_mail.Backend", INSTALLED_APPS=("openviper.core.email",)):
        async with lifespan():
            await send_email("ada@example.org", "s", "t")
            assert not closed
    assert len(closed) == 1
    await shutdown()


SCRIPT = """
import asyncio
from openviper.core.email import send_email

async def main():
    for number in range(3):
        assert await send_email("ada@example.org", f"Number {{number}}", "Hello")

{run}
"""
RUNS = {
    "asyncio": "asyncio.run(main())",
    "uvloop": "import uvloop\nuvloop.run(main())",
    "error": "async def failing():\n    await main()\n    raise SystemExit(3)\nasyncio.run(failing())",
    "by hand": "loop = asyncio.new_event_loop()\nloop.run_until_complete(main())\n"
    "from openviper.core.email import close_mailers\nloop.run_until_complete(close_mailers())\nloop.close()",
}


@pytest.mark.parametrize(("name", "code"), [("asyncio", 0), ("uvloop", 0), ("error", 3), ("by hand", 0)])
def test_a_program_that_closes_nothing_says_quit_all_the_same(smtp_script, tmp_path, name, code):
    """Its messages go over one connection, and no socket is left open; a loop made by hand closes its mailers."""
    server = smtp_script()
    environment = {
        "OPENVIPER_EMAIL_BACKEND": "smtp",
        "OPENVIPER_EMAIL_HOST": "127.0.0.1",
        "OPENVIPER_EMAIL_PORT": str(server.port),
    }
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", SCRIPT.format(run=RUNS[name])],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert (done.returncode, done.stderr) == (code, "")
    assert len(server.received) == 3
    assert server.connections == 1
    assert server.lines("QUIT") == ["QUIT"]
