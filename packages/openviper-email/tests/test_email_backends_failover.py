"""Several mailers, one after the other: who is tried where, and who never."""

from __future__ import annotations

import asyncio
import socket
from typing import ClassVar

import pytest
from smtp_script import SILENCE, Wait

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


def failing_over(mailers=None, **settings):
    mailers = mailers or {"first": {"BACKEND": "shop_mail.First"}, "second": {"BACKEND": "shop_mail.Second"}}
    return override_settings(
        EMAIL_BACKEND="failover", EMAIL_FAILOVER=("first", "second"), EMAIL_MAILERS=mailers, **settings
    )


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


async def test_messages_of_their_own_go_to_a_mailer_at_once(module):
    """As they would without a failover: only those of a batch take turns."""

    class Slow:
        async def send(self, message_data):
            await asyncio.sleep(0.3)

    module.First, module.Second = Slow, answering({})
    with failing_over(EMAIL_TIMEOUT=1.0):
        results = await asyncio.gather(*(send_message(message()) for _ in range(12)))
    assert all(results), [str(each) for each in results]
    assert module.Second.seen == []


async def test_the_error_of_a_mailer_is_in_the_log(failover, caplog):
    """With its traceback: whoever mends an API has nothing else."""
    await failover(answering(OSError("no route")), answering(LookupError("no key")))
    logged = [each for each in caplog.records if each.exc_info]
    assert [str(each.exc_info[1]) for each in logged] == ["no route", "no key"]
    assert [each.getMessage().partition(" did not send <")[0] for each in logged] == [
        "mailer 'first'",
        "mailer 'second'",
    ]


async def test_the_time_of_a_mailer_is_its_own_timeout_at_most(module):
    """A share of the failover's may be longer."""
    shares = []

    class First:
        async def send(self, message_data, *, seconds):
            shares.append(seconds)
            raise OSError("down")

    class Second:
        async def send(self, message_data, *, seconds):
            shares.append(seconds)

    module.First, module.Second = First, Second
    mailers = {"first": {"BACKEND": "shop_mail.First", "TIMEOUT": 3}, "second": {"BACKEND": "shop_mail.Second"}}
    with failing_over(mailers, EMAIL_TIMEOUT=20.0):
        assert (await send_message(message())).ok
    assert 2 < shares[0] <= 3
    assert 15 < shares[1] <= 20


async def test_a_mailer_that_does_not_answer_is_waited_for_once(smtp_script, caplog):
    """The messages after that go to the next one first, which is told once."""
    first, second = smtp_script({"CONNECT": SILENCE}), smtp_script()
    mailers = {
        "first": {"BACKEND": "smtp", "HOST": "127.0.0.1", "PORT": first.port, "TIMEOUT": 1.0},
        "second": {"BACKEND": "smtp", "HOST": "127.0.0.1", "PORT": second.port},
    }
    with failing_over(mailers):
        results = [await send_message(message()) for _ in range(4)]
        results += await send_messages(message() for _ in range(20))
    assert all(results), [str(each) for each in results]
    assert first.connections == 1
    said = [each.getMessage() for each in caplog.records]
    assert said.count("mailer 'first' could not be reached; others are tried before it, for 30 s") == 1
    assert len(said) == 2


async def test_a_mailer_that_had_hardly_time_is_not_passed_over(smtp_script):
    """Nobody knows whether it is there."""
    first = smtp_script({"CONNECT": [(Wait(0.5), "220 scripted.example ESMTP")]})
    second = smtp_script()
    mailers = {
        name: {"BACKEND": "smtp", "HOST": "127.0.0.1", "PORT": server.port}
        for name, server in (("first", first), ("second", second))
    }
    with failing_over(mailers, EMAIL_TIMEOUT=0.6):
        assert [(await send_message(message())).mailer for _ in range(2)] == ["second", "first"]


async def test_a_mailer_that_is_passed_over_is_tried_where_the_others_do_not_send(module):
    """It may be back."""
    module.First = answering(OSError("down"), {})
    module.Second = answering({}, {"ada": ("transient", 451)})
    with failing_over():
        first, second = [await send_message(message()) for _ in range(2)]
    assert (first.mailer, second.mailer) == ("second", "first")
    assert second.ok, str(second)


async def test_what_only_the_mailers_that_are_left_cannot_send_is_no_error(module, caplog):
    """The first mailer may send it when it is back."""
    module.First = answering(OSError("down"))
    module.Second = answering({}, MessageTooLarge("it has 7 bytes"))
    with failing_over(EMAIL_TIMEOUT=1.0):
        await send_message(message())
        result = await send_message(message())
    assert {each.outcome for each in result.refused} == {"transient"}
    assert result.mailer == "first"
    assert "mailer 'second' cannot send" in caplog.text


def test_a_next_mailer_whose_backend_is_none_does_not_stop_the_first(module):
    """It is told when it is its turn, and by the checks."""
    module.First = answering({})
    mailers = {"first": {"BACKEND": "shop_mail.First"}, "second": {"BACKEND": "shop_mail.Missing"}}
    with failing_over(mailers):
        result = asyncio.run(send_message(message()))
    assert result.ok
