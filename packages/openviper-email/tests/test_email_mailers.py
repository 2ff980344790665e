"""Mailers: which one there is, how long it lives, and what it makes of whatever its backend answers."""

from __future__ import annotations

import asyncio
import gc
import logging
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from types import ModuleType

import pytest
from smtp_script import SILENCE
from stepping import until

from openviper.conf import ImproperlyConfigured, Secret, override_settings
from openviper.core.email import DeliveryResult, EmailMessageData, RecipientResult, close_mailers, send_email
from openviper.core.email._sending.mailer_settings import mailer_settings
from openviper.core.email.apps import ready, shutdown
from openviper.core.email.backends.memory import Outbox
from openviper.core.email.mailers import get_mailer
from openviper.core.lifespan import lifespan

TO = ("ada@example.org", "grace@example.org")


def message(**fields):
    return EmailMessageData(
        **{"recipients": TO, "subject": "s", "text": "t", "message_id": "<1@example.org>", **fields}
    )


@pytest.fixture
def module(monkeypatch):
    """A module ``shop_mail`` for backends; what is put there can be named in settings."""
    made = ModuleType("shop_mail")
    monkeypatch.setitem(sys.modules, "shop_mail", made)
    return made


@pytest.fixture
def backend(module):
    """Return a function that gives the answer of a backend to one message, within ``EMAIL_TIMEOUT`` seconds."""

    async def deliver(cls, seconds=0.5, **settings):
        module.Backend = cls
        with override_settings(EMAIL_BACKEND="shop_mail.Backend", EMAIL_TIMEOUT=seconds, **settings):
            return await get_mailer().deliver(message())

    return deliver


def answering(given):
    class Backend:
        async def send(self, message_data):
            return given(message_data) if callable(given) else given

    return Backend


def accepted(*names):
    return [RecipientResult(f"{name}@example.org", "accepted", 250) for name in names]


@pytest.mark.parametrize(
    ("given", "outcomes"),
    [
        (None, ["accepted", "accepted"]),
        (DeliveryResult.of("<1@example.org>", accepted("ada", "grace")), ["accepted", "accepted"]),
        (DeliveryResult.of("<1@example.org>", accepted("grace", "ada")), ["accepted", "accepted"]),
        (DeliveryResult.of("<1@example.org>", accepted("grace")), ["ambiguous", "accepted"]),
        (DeliveryResult.of("<1@example.org>", accepted("ada", "ada")), ["accepted", "ambiguous"]),
        (DeliveryResult.of("<1@example.org>", accepted("ada", "grace", "eve")), ["accepted", "accepted"]),
        (
            DeliveryResult.of("<1@example.org>", [*accepted("ada", "grace"), RecipientResult(TO[0], "permanent", 550)]),
            ["permanent", "accepted"],
        ),
        (DeliveryResult("<1@example.org>"), ["ambiguous", "ambiguous"]),
        (True, ["ambiguous", "ambiguous"]),
        ("250 ok", ["ambiguous", "ambiguous"]),
        ({}, ["ambiguous", "ambiguous"]),
    ],
    ids=["none", "result", "other-order", "half", "twice", "stranger", "contradiction", "empty", "true", "str", "dict"],
)
async def test_every_recipient_has_exactly_one_answer(backend, given, outcomes):
    """Whatever a backend returns; of whom it said nothing, nothing is known."""
    result = await backend(answering(given))
    found = {each.recipient: each.outcome for each in (*result.accepted, *result.refused)}
    assert [found[each] for each in TO] == outcomes
    assert len(result.accepted) + len(result.refused) == 2


class Unshowable:
    def __repr__(self):
        raise RuntimeError("no")


def answers(outcome, **fields):
    return tuple(RecipientResult(each, outcome, **fields) for each in TO)


@pytest.mark.parametrize(
    "given",
    [
        DeliveryResult("<1@example.org>", accepted=TO),
        DeliveryResult("<1@example.org>", accepted=None),
        DeliveryResult("<1@example.org>", accepted=(Unshowable(),)),
        DeliveryResult("<1@example.org>", accepted=answers("permanent")),
        DeliveryResult("<1@example.org>", refused=answers("accepted")),
        DeliveryResult("<1@example.org>", refused=answers("deferred")),
        DeliveryResult("<1@example.org>", refused=answers(["transient"])),
        DeliveryResult("<1@example.org>", refused=answers("transient", code="451")),
        DeliveryResult("<1@example.org>", refused=answers("transient", enhanced_status=4)),
        Unshowable(),
    ],
    ids=[
        "strings",
        "none",
        "unshowable",
        "accepted permanent",
        "refused accepted",
        "unknown outcome",
        "unhashable outcome",
        "code of text",
        "status of no text",
        "unshowable result",
    ],
)
async def test_an_answer_that_cannot_be_read_is_ambiguous(backend, given):
    """It came to an end, so it may have sent: nothing is raised, and nobody is told that it was not sent."""
    sent = []

    class Backend:
        async def send(self, message_data):
            sent.append(message_data)
            return given

    result = await backend(Backend, seconds=10)
    assert [each.outcome for each in result.refused] == ["ambiguous", "ambiguous"]
    assert not result.accepted
    assert len(sent) == 1


async def test_an_error_that_cannot_be_shown_is_named_by_its_class(backend):
    """Somebody else's __str__ is code too."""

    class UnshowableError(Exception):
        def __str__(self):
            raise RuntimeError("no")

    class Failing:
        async def send(self, message_data):
            raise UnshowableError

    assert [each.text for each in (await backend(Failing)).transient] == ["UnshowableError"] * 2


async def test_nonsense_from_a_backend_is_named(backend):
    """The text says what came, and what was expected."""
    result = await backend(answering(True))
    assert result.refused[0].text == "the backend's send() returned True; expected a DeliveryResult, or None"


async def test_a_backend_that_is_not_async_runs_in_a_thread(backend):
    """It may block: the loop goes on meanwhile."""
    threads = []

    class Blocking:
        def send(self, message_data):
            threads.append(threading.current_thread())
            time.sleep(0.1)

    ticks = 0

    async def tick():
        nonlocal ticks
        while True:
            await asyncio.sleep(0.005)
            ticks += 1

    ticking = asyncio.create_task(tick())
    result = await backend(Blocking)
    ticking.cancel()
    assert result.ok
    assert threads[0] is not threading.main_thread()
    assert ticks > 3


async def test_a_function_that_returns_a_coroutine_is_awaited(backend):
    """A decorator may hide that a backend is async."""
    sent = []

    class Hidden:
        def send(self, message_data):
            async def sending():
                sent.append(message_data.subject)

            return sending()

    assert (await backend(Hidden)).ok
    assert sent == ["s"]


async def test_a_backend_that_never_answers_may_have_sent(backend):
    """It is stopped at its deadline, and nobody claims to know."""

    class Hanging:
        async def send(self, message_data):
            await asyncio.Event().wait()

    result = await backend(Hanging, seconds=0.1)
    assert [each.outcome for each in result.refused] == ["ambiguous", "ambiguous"]


def cancelled():
    future = asyncio.get_running_loop().create_future()
    future.cancel()
    return future


async def test_a_backend_whose_own_task_was_cancelled_may_have_sent(backend):
    """Nobody cancelled who waits for the answer: there is one."""

    class Sharing:
        async def send(self, message_data):
            await cancelled()

    result = await backend(Sharing)
    assert [each.recipient for each in result.ambiguous] == list(TO)
    assert "cancelled" in result.refused[0].text


async def test_a_task_that_is_cancelled_in_the_second_attempt_does_not_hide_the_first(module, monkeypatch):
    """Who accepted it is known."""
    monkeypatch.setattr("openviper.core.email._sending.attempts._PAUSE", (0, 0))
    answers = [
        DeliveryResult.of("<1@example.org>", [*accepted("ada"), RecipientResult(TO[1], "transient", 451)]),
        None,
    ]

    class Sharing:
        async def send(self, message_data):
            answer = answers.pop(0)
            return await cancelled() if answer is None else answer

    module.Backend = Sharing
    with override_settings(EMAIL_BACKEND="shop_mail.Backend"):
        result = await get_mailer().deliver(message())
    assert [each.recipient for each in result.accepted] == [TO[0]]
    assert [each.recipient for each in result.ambiguous] == [TO[1]]


async def test_a_sender_that_is_cancelled_leaves_its_message_in_the_log(smtp_script, caplog):
    """The server has it already, or not; nobody else is told."""
    server = smtp_script({".": SILENCE})
    to = tuple(f"user{number}@example.org" for number in range(7))
    with override_settings(EMAIL_BACKEND="smtp", EMAIL_HOST="127.0.0.1", EMAIL_PORT=server.port):
        sending = asyncio.create_task(send_email(to, "s", "t", message_id="<1@example.org>"))
        await until(lambda: server.received)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        await close_mailers(0)
    assert [each.getMessage() for each in caplog.records] == [
        "<1@example.org> was interrupted while it was being sent; it may have been, or not, for user0@example.org, "
        "user1@example.org, user2@example.org, user3@example.org, user4@example.org and 2 more"
    ]


def test_a_loop_that_ends_leaves_the_messages_in_the_log_that_it_cuts_off(module, caplog):
    """A task that nobody awaits."""

    class Hanging:
        async def send(self, message_data):
            await asyncio.Event().wait()

    async def main():
        kept.append(asyncio.create_task(get_mailer().deliver(message())))
        await asyncio.sleep(0.05)

    kept = []
    module.Backend = Hanging
    with override_settings(EMAIL_BACKEND="shop_mail.Backend"):
        asyncio.run(main())
    assert "<1@example.org> was interrupted while it was being sent" in caplog.text


async def test_whoever_cancels_is_not_answered(backend):
    """Nor is whoever has a deadline of its own."""

    class Hanging:
        async def send(self, message_data):
            await asyncio.Event().wait()

    sending = asyncio.create_task(backend(Hanging, seconds=5))
    await asyncio.sleep(0.05)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(backend(Hanging, seconds=5), 0.05)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await backend(Hanging, seconds=5)


async def test_a_backend_that_does_not_let_itself_be_stopped_is_left_to_itself(backend):
    """EMAIL_TIMEOUT holds, whatever it does with its cancellation."""
    let_go = asyncio.Event()

    class Stubborn:
        async def send(self, message_data):
            while not let_go.is_set():
                with suppress(asyncio.CancelledError):
                    await let_go.wait()

    async with asyncio.timeout(5):
        result = await backend(Stubborn, seconds=0.1)
    assert [each.outcome for each in result.refused] == ["ambiguous", "ambiguous"]
    let_go.set()


async def test_an_error_of_a_backend_that_is_stopped_says_nothing_of_the_message(backend):
    """It was in the midst: it may have sent."""

    class Failing:
        async def send(self, message_data):
            try:
                await asyncio.Event().wait()
            finally:
                raise ConnectionError("closed in the midst")

    result = await backend(Failing, seconds=0.1)
    assert [each.outcome for each in result.refused] == ["ambiguous", "ambiguous"]


async def test_a_backend_that_no_thread_was_free_for_was_not_called(backend, module):
    """That is no doubt, and it is not called afterwards either."""
    called, go_on = [], threading.Event()

    class Blocking:
        def send(self, message_data):
            called.append(message_data.message_id)
            go_on.wait(10)

    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(2))
    results = await asyncio.gather(*(backend(Blocking, seconds=0.2) for _ in range(5)))
    go_on.set()
    await asyncio.to_thread(lambda: None)
    outcomes = sorted(result.refused[0].outcome for result in results)
    assert outcomes == ["ambiguous", "ambiguous", "transient", "transient", "transient"]
    assert len(called) == 2


async def test_a_timeout_of_the_backend_itself_is_a_refusal_for_now(backend):
    """It gave up, and says that nothing was sent."""

    class Impatient:
        async def send(self, message_data):
            raise TimeoutError("no answer from the API")

    result = await backend(Impatient)
    assert [each.text for each in result.transient] == ["TimeoutError: no answer from the API"] * 2


async def test_a_backend_that_is_refused_for_now_is_asked_once_more(backend):
    """Within EMAIL_TIMEOUT, with the same message."""
    seen = []

    class Second:
        async def send(self, message_data):
            seen.append(message_data)
            if len(seen) == 1:
                raise ConnectionError("reset")

    assert (await backend(Second, seconds=10)).ok
    assert seen[0] == seen[1]


async def test_a_backend_with_the_parameter_gets_the_signer_of_the_settings(backend):
    """It is one of the settings of its mailer."""
    signers = []

    class Signing:
        async def send(self, message_data, *, sign=None):
            signers.append(sign)

    await backend(Signing, EMAIL_SIGN="builtins.len")
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
    assert len(closed) >= 1


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


async def test_a_name_that_is_none_is_not_shown_whole():
    """Whatever was given as one."""
    with pytest.raises(ImproperlyConfigured) as caught:
        get_mailer("x" * 1_000_000)
    assert len(str(caught.value)) < 500


async def test_without_a_loop_there_is_no_mailer():
    """Python's own error says so."""
    with pytest.raises(RuntimeError, match="no running event loop"):
        await asyncio.to_thread(get_mailer)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"EMAIL_BACKEND": "smpt"}, "EMAIL_BACKEND='smpt' is none; expected one of 'console'"),
        ({"EMAIL_BACKEND": "smpt"}, "did you mean 'smtp'?"),
        ({"EMAIL_BACKEND": "shop.mail.Backend"}, "EMAIL_BACKEND='shop.mail.Backend' cannot be imported"),
        ({"EMAIL_BACKEND": "shop_mail.Backed"}, "did you mean 'Backend'?"),
        ({"EMAIL_BACKEND": "shop_mail.NoSend"}, "is no backend; expected a class with async send(data)"),
        ({"EMAIL_BACKEND": "shop_mail.function"}, "is no backend"),
        ({"EMAIL_BACKEND": "shop_mail.Needs"}, "cannot be made without arguments: TypeError"),
        ({"EMAIL_BACKEND": "shop_mail.Odd"}, "has concurrency='many'; expected 1 or more"),
        ({"EMAIL_BACKEND": "file"}, "EMAIL_FILE_PATH is not set"),
        ({"EMAIL_BACKEND": "failover"}, "EMAIL_FAILOVER=()"),
        ({"EMAIL_TIMEOUT": 0.0}, "EMAIL_TIMEOUT=0.0"),
        ({"EMAIL_TIMEOUT": float("nan")}, "EMAIL_TIMEOUT=nan"),
        ({"EMAIL_SIGN": "shop_mail.nothing"}, "EMAIL_SIGN='shop_mail.nothing'"),
        ({"EMAIL_SIGN": "shop_mail.TEXT"}, "is str; expected a function"),
        ({"EMAIL_SIGN": "builtins.len", "EMAIL_BACKEND": "shop_mail.Backend"}, "would send without a signature"),
        ({"DEFAULT_FROM_EMAIL": "nobody"}, "DEFAULT_FROM_EMAIL"),
        ({"EMAIL_MAILERS": {"default": {}}}, "EMAIL_MAILERS['default'] is not read"),
        ({"EMAIL_MAILERS": {"a": {"HOTS": "x"}}}, "EMAIL_MAILERS['a']['HOTS'] is no setting of a mailer; did you mean"),
        ({"EMAIL_MAILERS": {"a": {"EMAIL_HOST": "x"}}}, "write it without EMAIL_: 'HOST'"),
        ({"EMAIL_MAILERS": {"a": {"MARKDOWN": "x"}}}, "EMAIL_MARKDOWN is one for all mailers"),
        ({"EMAIL_MAILERS": {"a": {"PORT": "25"}}}, "EMAIL_MAILERS['a']['PORT']='25'; expected an int or None"),
        ({"EMAIL_MAILERS": {"a": {"PORT": True}}}, "EMAIL_MAILERS['a']['PORT']=True; expected an int or None"),
        ({"EMAIL_MAILERS": {"a": {"AUTH": "none"}}}, "expected one of 'auto', 'plain', 'login', 'xoauth2'"),
        ({"EMAIL_MAILERS": {"a": {"FAILOVER": "b"}}}, "expected a tuple of str"),
        ({"EMAIL_MAILERS": {"a": {"BACKEND": "smpt"}}}, "EMAIL_MAILERS['a']['BACKEND']='smpt' is none"),
        (
            {"EMAIL_MAILERS": {"a": {"BACKEND": "smtp", "HOST": "a b", "HOST_USER": "u"}}},
            "EMAIL_MAILERS['a']['HOST']='a b'; expected a host name or an address, without a scheme or a port\n"
            "EMAIL_MAILERS['a']['HOST_USER'] without EMAIL_MAILERS['a']['HOST_PASSWORD'] or EMAIL_MAILERS['a']"
            "['TOKEN']; set both or neither",
        ),
        ({"EMAIL_MAILERS": {"a": {"TIMEOUT": 0}}}, "EMAIL_MAILERS['a']['TIMEOUT']=0.0; expected seconds"),
        (
            {"EMAIL_MAILERS": {"a": {"BACKEND": "smtp", "HOST": "b.example", "SSL_CAFILE": "/nowhere"}}},
            "EMAIL_MAILERS['a']['SSL_CAFILE']='/nowhere' cannot be read",
        ),
        (
            {"EMAIL_BACKEND": "failover", "EMAIL_FAILOVER": ("a",), "EMAIL_MAILERS": {"a": {"BACKEND": "smpt"}}},
            "EMAIL_MAILERS['a']['BACKEND']='smpt' is none",
        ),
        ({"EMAIL_MAILERS": {"a": {"HOST_PASSWORD": 7}}}, "expected a str or Secret that is not empty"),
    ],
)
def test_settings_that_no_mailer_can_be_made_of_stop_the_start(module, settings, says):
    """The error says which setting, what it is, and what would be accepted."""
    module.Backend = answering(None)
    module.NoSend = int
    module.function = print
    module.TEXT = "text"
    module.Needs = type("Needs", (), {"__init__": lambda self, key: None, "send": print})
    module.Odd = type("Odd", (), {"concurrency": "many", "send": print})
    with override_settings(**settings), pytest.raises(ImproperlyConfigured) as caught:
        ready()
    assert says in str(caught.value)


def test_a_mailer_is_not_blamed_for_another():
    """What a failover is made of has its own settings."""
    both = {"BACKEND": "failover", "FAILOVER": ("default",)}
    with (
        override_settings(EMAIL_BACKEND="smpt", EMAIL_MAILERS={"both": both}),
        pytest.raises(ImproperlyConfigured) as it,
    ):
        ready()
    assert str(it.value).startswith("EMAIL_BACKEND='smpt' is none")
    assert len(str(it.value).splitlines()) == 1


def test_a_password_never_stands_in_an_error():
    """Not even one that is none."""
    entry = {"HOST_PASSWORD": ["hunter2"], "HOST_USER": ("ada", "hunter2"), "TOKEN": 7, "PORT": "x"}
    with override_settings(EMAIL_MAILERS={"a": entry}), pytest.raises(ImproperlyConfigured) as caught:
        ready()
    assert "hunter2" not in str(caught.value)
    assert len(str(caught.value).splitlines()) == 4


def test_an_entry_is_made_of_its_own_keys_and_defaults(tmp_path):
    """A key that is missing has the default, not the value of the setting; text is made what is declared."""
    entry = {"BACKEND": "smtp", "HOST": "bulk.example.org", "HOST_PASSWORD": "x", "TIMEOUT": 5, "SSL_CAFILE": "ca.pem"}
    with override_settings(EMAIL_HOST="mail.example.org", EMAIL_PORT=2525, EMAIL_MAILERS={"bulk": entry}):
        made = mailer_settings("bulk")
        assert (made.EMAIL_HOST, made.EMAIL_PORT, made.EMAIL_TIMEOUT) == ("bulk.example.org", None, 5.0)
        assert Secret("x") == made.EMAIL_HOST_PASSWORD
        assert made.EMAIL_SSL_CAFILE.name == "ca.pem"
        assert mailer_settings("default").EMAIL_PORT == 2525


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


def test_an_app_with_settings_that_cannot_be_used_does_not_start():
    """It is said before any request is taken."""

    async def start():
        async with lifespan():
            pass

    with (
        override_settings(EMAIL_BACKEND="smpt", INSTALLED_APPS=("openviper.core.email",)),
        pytest.raises(RuntimeError, match=r"ready\(\) for installed app 'openviper.core.email' raised an error"),
    ):
        asyncio.run(start())


def test_a_settings_module_that_does_not_exist_is_an_error_of_the_settings():
    """Mail is not sent by other settings than those that were meant."""
    code = (
        "import asyncio\nfrom openviper.core.email import send_email\n"
        "asyncio.run(send_email('ada@example.org', 's', 't', fail_silently=True))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"OPENVIPER_SETTINGS_MODULE": "nothing.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "ImproperlyConfigured" in done.stderr
    assert "nothing" in done.stderr


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
