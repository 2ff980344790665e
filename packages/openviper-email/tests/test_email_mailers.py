"""Mailers: which one there is, how long it lives, and what it makes of whatever its backend answers."""

from __future__ import annotations

import asyncio
import gc

import pytest
from mailer_backends import message
from stepping import until

from openviper.conf import override_settings
from openviper.core.email import close_mailers, send_email
from openviper.core.email.backends.memory import Outbox
from openviper.core.email.mailers import get_mailer


async def test_a_backend_that_is_refused_for_now_is_asked_once_more(answered):
    """Within EMAIL_TIMEOUT, with the same message."""
    seen = []

    class Second:
        async def send(self, message_data):
            seen.append(message_data)
            if len(seen) == 1:
                raise ConnectionError("reset")

    assert (await answered(Second, seconds=10)).ok
    assert seen[0] == seen[1]


async def test_a_backend_with_the_parameter_gets_the_signer_of_the_settings(answered):
    """It is one of the settings of its mailer."""
    signers = []

    class Signing:
        async def send(self, message_data, *, sign=None):
            signers.append(sign)

    await answered(Signing, EMAIL_SIGN="builtins.len")
    assert [sign(b"four") for sign in signers] == [4]


async def test_one_mailer_serves_all_messages_of_a_loop():
    """And another one each other name."""
    with override_settings(EMAIL_MAILERS={"bulk": {"BACKEND": "console"}}):
        assert get_mailer() is get_mailer("default")
        assert get_mailer("bulk") is get_mailer("bulk")
        assert get_mailer("bulk") is not get_mailer()


async def test_other_settings_make_another_mailer_and_close_the_one_before(module):
    """What it had under way is finished first."""
    closed, go_on = [], asyncio.Event()

    class Closing:
        async def send(self, message_data):
            await go_on.wait()

        async def close(self):
            closed.append(self)

    module.Backend = Closing
    with override_settings(EMAIL_BACKEND="shop_mail.Backend"):
        old = get_mailer()
        sending = asyncio.create_task(old.deliver(message()))
        await asyncio.sleep(0)
    with override_settings(EMAIL_BACKEND="console"):
        assert get_mailer() is not old
        await asyncio.sleep(0.02)
        assert not closed
        go_on.set()
        assert (await sending).ok
        await asyncio.sleep(0.02)
    assert closed == [old.backend]


def test_each_loop_has_its_own(module):
    """Connections cannot go from one to another."""

    async def mailer():
        return get_mailer()

    assert asyncio.run(mailer()) is not asyncio.run(mailer())


@pytest.mark.parametrize("name", ["asyncio", "uvloop"])
def test_mailers_are_closed_when_their_loop_ends(module, name):
    """Nobody has to ask for it, and it happens while the loop still runs."""
    loops = []

    class Closing:
        async def send(self, message_data):
            pass

        async def close(self):
            await asyncio.sleep(0)
            loops.append(asyncio.get_running_loop())

    async def main():
        await send_email("ada@example.org", "s", "t")
        await send_email("ada@example.org", "s", "t", using="bulk")

    module.Backend = Closing
    factory = pytest.importorskip(name).new_event_loop
    mailers = {"bulk": {"BACKEND": "shop_mail.Backend"}}
    with (
        override_settings(EMAIL_BACKEND="shop_mail.Backend", EMAIL_MAILERS=mailers),
        asyncio.Runner(loop_factory=factory) as runner,
    ):
        runner.run(main())
        assert not loops
    assert len(loops) == 2


def test_a_retired_mailer_is_closed_when_its_loop_ends_too_early(module):
    """The runner cancels the task that was closing it."""
    closed = []

    class Slow:
        async def send(self, message_data):
            await asyncio.Event().wait()

        async def close(self):
            closed.append(self)

    async def main():
        with override_settings(EMAIL_BACKEND="shop_mail.Backend"):
            sending = asyncio.ensure_future(get_mailer().deliver(message()))
            await asyncio.sleep(0)
        with override_settings(EMAIL_BACKEND="console"):
            get_mailer()
            await asyncio.sleep(0)
        return sending

    module.Backend = Slow
    asyncio.run(main())
    assert len(closed) == 1


def test_a_loop_that_nobody_shuts_down_does_not_stay(module):
    """A program that makes loop after loop does not grow."""

    async def main():
        get_mailer()

    from openviper.core.email._sending import loop_mailers

    for _ in range(5):
        loop = asyncio.new_event_loop()
        loop.run_until_complete(main())
        loop.close()
    gc.collect()
    assert sum(each.is_closed() for each in loop_mailers._LOOPS) <= 1


async def test_without_a_loop_there_is_no_mailer():
    """Python's own error says so."""
    with pytest.raises(RuntimeError, match="no running event loop"):
        await asyncio.to_thread(get_mailer)


async def test_messages_go_over_the_connections_of_their_mailer(smtp_script):
    """Other settings are another server, and no message goes to the one before."""
    first, second = smtp_script(), smtp_script()
    mailers = {"bulk": {"BACKEND": "smtp", "HOST": "127.0.0.1", "PORT": second.port}}
    with override_settings(EMAIL_BACKEND="smtp", EMAIL_HOST="127.0.0.1", EMAIL_PORT=first.port, EMAIL_MAILERS=mailers):
        await send_email("ada@example.org", "s", "t")
        await send_email("ada@example.org", "s", "t", using="bulk")
        assert (len(first.received), len(second.received)) == (1, 1)
    with override_settings(EMAIL_BACKEND="smtp", EMAIL_HOST="127.0.0.1", EMAIL_PORT=second.port):
        await send_email("ada@example.org", "s", "t")
    assert (len(first.received), len(second.received)) == (1, 2)
    await close_mailers()
    assert len(first.lines("QUIT")) == 1
    assert len(second.lines("QUIT")) == 2


async def test_settings_that_come_and_go_leave_nothing_open(smtp_script):
    """Each block has a mailer of its own; the one before it says QUIT, and is over before the loop is."""
    server = smtp_script()
    smtp = {"EMAIL_BACKEND": "smtp", "EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": server.port}
    before = asyncio.all_tasks()
    with override_settings(**smtp):
        for number in range(20):
            assert await send_email("ada@example.org", "s", "t")
            with override_settings(EMAIL_TIMEOUT=5.0 + number):
                assert await send_email("ada@example.org", "s", "t")
        await until(lambda: server.open <= 1)
        assert (len(server.received), server.connections) == (40, 40)
        await asyncio.sleep(0.05)
        assert asyncio.all_tasks() == before
        await close_mailers()
    await until(lambda: server.open == 0)
    assert len(server.lines("QUIT")) == 40


@pytest.mark.parametrize("name", ["console", "memory", "file", "smtp"])
async def test_the_signer_of_the_settings_is_looked_up_by_the_mailer(name, module, monkeypatch, tmp_path, smtp_script):
    """Once, and not for each message; other settings have another one."""
    looked_up, signed = [], []

    def found(attribute):
        if not attribute.startswith("sign"):
            raise AttributeError(attribute)
        looked_up.append(attribute)
        return lambda finished: signed.append(attribute) or b"X-Signed: 1\r\n"

    module.__getattr__ = found
    monkeypatch.setattr("openviper.core.email.backends.memory.outbox", Outbox())
    server = smtp_script()
    settings = {"EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": server.port, "EMAIL_FILE_PATH": tmp_path}
    with override_settings(EMAIL_BACKEND=name, EMAIL_SIGN="shop_mail.sign", **settings):
        get_mailer()
        before = list(looked_up)
        for _ in range(3):
            assert await send_email("ada@example.org", "s", "t")
        assert looked_up == before
        with override_settings(EMAIL_SIGN="shop_mail.sign_other"):
            assert await send_email("ada@example.org", "s", "t")
        await close_mailers()
    assert list(dict.fromkeys(signed)) == ["sign", "sign_other"]
    assert signed[-1] == "sign_other"
