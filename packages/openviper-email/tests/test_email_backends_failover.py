"""Several mailers, one after the other: who is tried where, and who never."""

from __future__ import annotations

import asyncio
import socket
from typing import ClassVar

import pytest

from openviper.conf import ImproperlyConfigured, override_settings
from openviper.core.email import (
    DeliveryResult,
    EmailMessageData,
    MessageTooLarge,
    RecipientResult,
    send_message,
    send_messages,
)
from openviper.core.email.backends import FailoverBackend
from openviper.core.email.backends.memory import outbox

EVERY = ("ada@example.org", "grace@example.org", "alan@example.org")


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch):
    monkeypatch.setattr("openviper.core.email._sending.attempts._PAUSE", (0, 0))


def message(**fields):
    return EmailMessageData(**{"recipients": EVERY, "subject": "s", "text": "t", **fields})


def answering(*attempts):
    """Return a backend that answers each message by the next rows: name, outcome, code; the last for all that come."""

    class Backend:
        seen: ClassVar = []

        async def send(self, message_data):
            rows = attempts[min(len(self.seen), len(attempts) - 1)]
            self.seen.append(message_data)
            if isinstance(rows, Exception):
                raise rows
            every = [
                RecipientResult(each, *rows.get(each.partition("@")[0], ("accepted", 250)))
                for each in message_data.envelope_recipients
            ]
            return DeliveryResult.of(message_data.message_id, every)

    return Backend


@pytest.fixture
def failover(module):
    """Return a function that sends one message by ``first``, then ``second``; and what each of them was given."""

    async def deliver(first, second, *, seconds=1.0, data=None, **settings):
        module.First, module.Second = first, second
        mailers = {
            "first": {"BACKEND": "shop_mail.First"},
            "second": {"BACKEND": "shop_mail.Second"},
        }
        with override_settings(
            EMAIL_BACKEND="failover",
            EMAIL_FAILOVER=("first", "second"),
            EMAIL_MAILERS=mailers,
            EMAIL_TIMEOUT=seconds,
            **settings,
        ):
            return await send_message(data or message())

    return deliver


def recipients(backend):
    return [each.envelope_recipients for each in backend.seen]


async def test_the_first_mailer_sends_alone_as_long_as_it_does(failover):
    """The second does not even see the message."""
    first, second = answering({}), answering({})
    result = await failover(first, second)
    assert result.ok
    assert result.mailer == "first"
    assert recipients(first) == [EVERY]
    assert recipients(second) == []


async def test_the_next_gets_those_who_surely_were_not_sent_to(failover):
    """Not who was refused for good, nor who may have it; the Message-ID is the same, and the result of all is one."""
    first = answering(
        {"ada": ("transient", 451), "grace": ("permanent", 550), "alan": ("ambiguous", None)},
    )
    second = answering({})
    result = await failover(first, second)
    assert recipients(second) == [("ada@example.org",)]
    assert second.seen[0].message_id == first.seen[0].message_id
    assert [each.recipient for each in result.accepted] == ["ada@example.org"]
    assert [each.recipient for each in result.permanent] == ["grace@example.org"]
    assert [each.recipient for each in result.ambiguous] == ["alan@example.org"]
    assert result.mailer == "second"


@pytest.mark.parametrize(
    ("code", "is_tried"),
    [
        (None, False),
        (530, True),
        (534, True),
        (535, True),
        (538, True),
        (521, True),
        (550, False),
        (552, False),
        (554, False),
    ],
)
async def test_a_mailer_that_cannot_be_used_is_passed_over(failover, code, is_tried):
    """A login that is refused, or no TLS, says nothing about the recipient; a refused recipient does."""
    first, second = answering(dict.fromkeys(("ada", "grace", "alan"), ("permanent", code))), answering({})
    result = await failover(first, second)
    assert result.ok is is_tried
    assert len(second.seen) == is_tried


async def test_an_error_of_a_mailer_is_passed_over(failover):
    """It was surely not sent."""
    result = await failover(answering(OSError("no route")), answering({}))
    assert result.ok
    assert result.mailer == "second"


async def test_when_nobody_takes_it_each_is_tried_twice_at_most(failover):
    """The second attempt is one of the failover, not of each mailer in it."""
    first, second = answering({"ada": ("transient", 451)}), answering({"ada": ("transient", 452)})
    result = await failover(first, second, seconds=10)
    assert [each.code for each in result.transient] == [452]
    assert recipients(first) == [EVERY, ("ada@example.org",)]
    assert recipients(second) == [("ada@example.org",)] * 2


async def test_a_mailer_that_hangs_leaves_time_for_the_next(failover):
    """Each may take its share of EMAIL_TIMEOUT; the next is not asked for those to whom the first may have sent."""

    class Hanging:
        async def send(self, message_data):
            await asyncio.Event().wait()

    second = answering({})
    async with asyncio.timeout(5):
        result = await failover(Hanging, second, seconds=1.0)
    assert len(result.ambiguous) == 3
    assert second.seen == []


async def test_what_the_first_accepted_is_not_lost_where_the_next_cannot(failover, caplog):
    """Its error is logged, and the result is what is known."""
    first, second = answering({"ada": ("transient", 451)}), answering(MessageTooLarge("it has 7 bytes"))
    result = await failover(first, second)
    assert len(result.accepted) == 2
    assert [each.code for each in result.transient] == [451]
    assert "mailer 'second' cannot send" in caplog.text


async def test_a_message_that_the_first_cannot_send_at_all_raises(failover):
    """As it would without a failover."""
    with pytest.raises(MessageTooLarge):
        await failover(answering(MessageTooLarge("it has 7 bytes")), answering({}))


async def test_a_failover_can_be_one_of_several_mailers(module):
    """And be named by ``using``."""
    module.First, module.Second = answering(OSError("down")), answering({})
    mailers = {
        "first": {"BACKEND": "shop_mail.First"},
        "second": {"BACKEND": "shop_mail.Second"},
        "safe": {"BACKEND": "failover", "FAILOVER": ("first", "second")},
    }
    with override_settings(EMAIL_MAILERS=mailers):
        results = await send_messages([message(using="safe") for _ in range(5)])
    assert [each.mailer for each in results] == ["second"] * 5


async def test_the_signer_of_the_failover_is_that_of_mailers_without_one(module):
    """Nothing goes out unsigned, and a mailer's own signer stays."""
    module.sign = lambda finished: b"X-Signed: failover\r\n"
    module.own = lambda finished: b"X-Signed: mailer\r\n"
    for settings, line in [({}, b"X-Signed: failover"), ({"SIGN": "shop_mail.own"}, b"X-Signed: mailer")]:
        mailers = {"first": {"BACKEND": "memory", **settings}}
        with override_settings(
            EMAIL_BACKEND="failover", EMAIL_FAILOVER=("first",), EMAIL_MAILERS=mailers, EMAIL_SIGN="shop_mail.sign"
        ):
            await send_message(message())
        assert outbox[-1].raw.startswith(line)
    outbox.clear()


async def test_a_mailer_that_takes_one_message_at_a_time_is_given_one(module):
    """Also by a failover, whose first mailer takes more."""
    at_once, most = 0, []

    class Single:
        async def send(self, message_data):
            nonlocal at_once
            at_once += 1
            most.append(at_once)
            await asyncio.sleep(0.001)
            at_once -= 1

    module.First, module.Second = answering(OSError("down")), Single
    module.First.concurrency = 5
    mailers = {"first": {"BACKEND": "shop_mail.First"}, "second": {"BACKEND": "shop_mail.Second"}}
    with override_settings(EMAIL_BACKEND="failover", EMAIL_FAILOVER=("first", "second"), EMAIL_MAILERS=mailers):
        results = await send_messages([message() for _ in range(20)])
    assert all(each.ok for each in results)
    assert max(most) == 1


async def test_servers_that_are_down_are_passed_over(smtp_script):
    """Nobody listens at the first, the second is too busy, and the third has the message once."""
    third = smtp_script()
    second = smtp_script({"CONNECT": "421 4.3.2 too busy"})
    with socket.create_server(("127.0.0.1", 0)) as listener:
        gone = listener.getsockname()[1]
    ports = {"first": gone, "second": second.port, "third": third.port}
    mailers = {name: {"BACKEND": "smtp", "HOST": "127.0.0.1", "PORT": port} for name, port in ports.items()}
    with override_settings(EMAIL_BACKEND="failover", EMAIL_FAILOVER=tuple(ports), EMAIL_MAILERS=mailers):
        result = await send_message(message())
    assert result.ok, str(result)
    assert result.mailer == "third"
    assert [sorted(each.recipients) for each in third.received] == [sorted(EVERY)]


async def test_waiting_for_a_mailer_is_a_part_of_its_time(module):
    """One that takes a message at a time, and hangs, costs the second message no more than its share."""

    class Hanging:
        async def send(self, message_data, *, seconds):
            await asyncio.sleep(seconds)
            raise OSError("too late")

    module.First, module.Second = Hanging, answering({})
    mailers = {"first": {"BACKEND": "shop_mail.First"}, "second": {"BACKEND": "shop_mail.Second"}}
    with override_settings(
        EMAIL_BACKEND="failover", EMAIL_FAILOVER=("first", "second"), EMAIL_MAILERS=mailers, EMAIL_TIMEOUT=2.0
    ):
        async with asyncio.timeout(2.0):
            results = await asyncio.gather(*(send_message(message()) for _ in range(2)))
    assert all(each.ok for each in results), [str(each) for each in results]


@pytest.mark.parametrize(
    ("script", "is_tried"),
    [
        ({"CONNECT": "554 5.3.2 no service here"}, True),
        ({"SIZE": "SIZE 10"}, True),
        ({"EHLO": "550 5.7.1 not you", "HELO": "550 5.7.1 not you"}, True),
        ({"STARTTLS": "501 5.5.4 no"}, True),
        ({"AUTH": "535 5.7.8 no"}, True),
        ({"AUTH": "550 5.7.1 this account is closed"}, True),
        ({"MAIL": "550 5.7.1 no such sender"}, False),
        ({"RCPT": "550 5.1.1 no such user"}, False),
        ({"DATA": "554 5.7.1 no"}, False),
        ({".": "554 5.7.1 that is spam"}, False),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)
async def test_a_server_that_refuses_us_is_passed_over(smtp_script, authority, script, is_tried):
    """Whatever its code says; one that refuses the message, or a recipient, is not."""
    tls = authority.context() if "AUTH" in script or "STARTTLS" in script else None
    extensions = ("AUTH PLAIN", *([script.pop("SIZE")] if "SIZE" in script else ()))
    first, second = smtp_script(script, extensions=extensions, tls=tls), smtp_script()
    refusing = {"BACKEND": "smtp", "HOST": "127.0.0.1", "PORT": first.port, "USE_TLS": tls is not None}
    if tls is not None:
        refusing |= {"SSL_CAFILE": authority.cafile, "HOST_USER": "ada", "HOST_PASSWORD": "correct horse"}
    mailers = {"first": refusing, "second": {"BACKEND": "smtp", "HOST": "127.0.0.1", "PORT": second.port}}
    with override_settings(EMAIL_BACKEND="failover", EMAIL_FAILOVER=("first", "second"), EMAIL_MAILERS=mailers):
        result = await send_message(message())
    assert result.ok is is_tried, str(result)
    assert len(second.received) == is_tried
    assert result.mailer == ("second" if is_tried else "first")
    assert not first.received or script.get(".")


@pytest.mark.parametrize(
    ("names", "says"),
    [
        ((), "EMAIL_FAILOVER=(); expected the names of mailers"),
        (("default", "default"), "names a mailer twice"),
        (("bulk",), "EMAIL_FAILOVER=('bulk',) names 'bulk', which is no mailer; expected some of 'default', 'loop'"),
        (("lopp",), "did you mean 'loop'?"),
        (("loop",), "whose backend is 'failover', a failover itself"),
        (("default", "loop"), "whose backend is 'failover', a failover itself"),
        (("dotted",), "whose backend is 'openviper.core.email.backends.failover.FailoverBackend', a failover itself"),
        (("package",), "whose backend is 'openviper.core.email.backends.FailoverBackend', a failover itself"),
        (("subclass",), "whose backend is 'shop_mail.Own', a failover itself"),
    ],
)
def test_a_failover_that_leads_nowhere_or_in_a_circle_is_refused(module, names, says):
    """Before anything is sent, however the backend is named."""
    module.Own = type("Own", (FailoverBackend,), {})
    backends = {
        "loop": "failover",
        "dotted": "openviper.core.email.backends.failover.FailoverBackend",
        "package": "openviper.core.email.backends.FailoverBackend",
        "subclass": "shop_mail.Own",
    }
    mailers = {name: {"BACKEND": backend, "FAILOVER": (name,)} for name, backend in backends.items()}
    with override_settings(EMAIL_FAILOVER=names, EMAIL_MAILERS=mailers), pytest.raises(ImproperlyConfigured) as caught:
        FailoverBackend()
    assert says in str(caught.value)


@pytest.mark.parametrize(("backend", "width"), [("smtp", 32), ("memory", 1), ("shop_mail.First", 5)])
def test_a_failover_takes_as_many_messages_as_its_first_mailer(module, backend, width):
    """Whatever that is."""
    module.First = answering({})
    module.First.concurrency = 5
    with override_settings(EMAIL_FAILOVER=("first",), EMAIL_MAILERS={"first": {"BACKEND": backend}}):
        assert FailoverBackend().concurrency == width


def test_a_signer_that_a_mailer_cannot_have_is_refused(module):
    """At the start, not when the first mailer is down."""
    module.Second = answering({})
    mailers = {"first": {"BACKEND": "memory"}, "second": {"BACKEND": "shop_mail.Second"}}
    settings = {"EMAIL_FAILOVER": ("first", "second"), "EMAIL_MAILERS": mailers, "EMAIL_SIGN": "builtins.len"}
    with override_settings(**settings), pytest.raises(ImproperlyConfigured, match="mailer 'second' cannot sign"):
        FailoverBackend()
