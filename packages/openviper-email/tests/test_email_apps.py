"""Mail in an application: what its start refuses, and what its stop waits for, reports and closes."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from openviper._settings.core import LifespanSettings
from openviper._settings.email import EmailSettings
from openviper.conf import ImproperlyConfigured, override_settings
from openviper.core.email import DeliveryError, send_email
from openviper.core.errors import LifespanError
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


async def test_each_mailer_is_waited_for_as_long_as_it_says(smtp_script, backend, caplog):
    """One that may take longer keeps no other."""
    from smtp_script import SILENCE

    class Patient:
        async def send(self, message_data):
            await until(lambda: "<default@b.org> was still under way" in caplog.text)

    backend(Patient)
    server = smtp_script({".": SILENCE})
    bulk = {"BACKEND": "shop_mail.Backend", "DRAIN_TIMEOUT": 60.0}
    # Longer than whoever waits here does.
    limits = {"EMAIL_DRAIN_TIMEOUT": 0.05, "SHUTDOWN_TIMEOUT": timedelta(seconds=60)}
    with application(server.port, EMAIL_MAILERS={"bulk": bulk}, **limits):
        async with lifespan():
            sending = [
                asyncio.create_task(send_email("a@b.org", "s", "t", using=using, message_id=f"<{using}@b.org>"))
                for using in ("default", "bulk")
            ]
            await until(lambda: server.received)
        default, bulk = await asyncio.wait_for(asyncio.gather(*sending, return_exceptions=True), 5)
    assert isinstance(default, DeliveryError)
    assert bulk is True


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"EMAIL_USE_TLS": True, "EMAIL_SSL_CAFILE": Path("/nowhere/ca.pem")}, "EMAIL_SSL_CAFILE='/nowhere/ca.pem'"),
        ({"EMAIL_USE_SSL": True, "EMAIL_SSL_CERTFILE": Path(__file__)}, f"EMAIL_SSL_CERTFILE={__file__!r}"),
        ({"EMAIL_INLINE_CSS": True}, "the package css-inline is not installed; pip install 'openviper-email[css]'"),
        ({"EMAIL_MARKDOWN": "markdown"}, "EMAIL_MARKDOWN is 'markdown', and the package markdown is not installed"),
    ],
)
async def test_a_start_is_refused_where_the_first_mail_would_fail(monkeypatch, settings, says):
    """Files of TLS that cannot be used, and extras that are missing."""
    for extra in ("css_inline", "markdown"):
        monkeypatch.setitem(sys.modules, extra, None)
    with application(25, **settings), pytest.raises(LifespanError) as caught:
        async with lifespan():
            pass
    assert says in str(caught.value)
    assert isinstance(caught.value.__cause__, ImproperlyConfigured)


async def test_a_stop_says_quit(smtp_script):
    """To the servers over whose connections nothing is under way."""
    server = smtp_script()
    with application(server.port, EMAIL_DRAIN_TIMEOUT=60.0):
        async with lifespan():
            await send_email("ada@example.org", "s", "t")
    assert server.commands[-1] == (0, "QUIT")


PROGRAM = """
import asyncio, logging, signal
from openviper.core.email import close_mailers, send_email
from openviper.core.lifespan import lifespan

async def send(number):
    await send_email("ada@example.org", "s", "t", message_id=f"<{number}@example.org>", fail_silently=True)

async def work():
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    sending = [asyncio.create_task(send(number)) for number in range(20)]
    print("started", flush=True)
    await stop.wait()
    return sending

async def by_hand():
    sending = await work()
    await close_mailers(timeout=0.3)
    print("closed", flush=True)

async def by_lifespan():
    async with lifespan(["openviper.core.email"]):
        sending = await work()
    print("closed", flush=True)

logging.basicConfig(format="%(message)s")
asyncio.run(MAIN())
"""


@pytest.mark.parametrize("main", ["by_hand", "by_lifespan"])
async def test_sigterm_with_a_full_queue_names_each_message_of_it(smtp_script, tmp_path, main):
    """The program ends in time, and every message is accepted or reported, also those that wait for a connection."""
    from smtp_script import SILENCE

    server = smtp_script({".": ["250 ok"] * 3 + [SILENCE]})
    environment = {
        "OPENVIPER_EMAIL_BACKEND": "smtp",
        "OPENVIPER_EMAIL_HOST": "127.0.0.1",
        "OPENVIPER_EMAIL_PORT": str(server.port),
        "OPENVIPER_EMAIL_POOL_SIZE": "1",
        "OPENVIPER_EMAIL_DRAIN_TIMEOUT": "0.3",
    }
    program = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        PROGRAM.replace("MAIN", main),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        cwd=tmp_path,
    )
    assert await program.stdout.readline() == b"started\n"
    await until(lambda: len(server.received) >= 4)
    program.terminate()
    out, errors = await asyncio.wait_for(program.communicate(), 15)
    assert (out, program.returncode) == (b"closed\n", 0)
    reported = {number for number in range(20) if f"<{number}@example.org> was still under way".encode() in errors}
    accepted = {number for number in range(20) for each in server.accepted if b"<%d@example.org>" % number in each.data}
    assert len(accepted) == 3
    assert reported | accepted == set(range(20))
    assert not reported & accepted
