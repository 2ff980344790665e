"""What ``send_email`` raises, returns and logs where a message was not sent."""

from __future__ import annotations

import asyncio
import logging

import pytest

from openviper.conf import ImproperlyConfigured, override_settings
from openviper.core.email import (
    DeliveryError,
    DeliveryResult,
    EmailMessageData,
    MessageTooLarge,
    RecipientResult,
    send_email,
    send_message,
)

TO = "ada@example.org"


def message(number=0, **fields):
    return EmailMessageData(
        **{"recipients": f"user{number}@example.org", "subject": str(number), "text": "x", **fields}
    )


def refusing(outcome, text="no", code=None):
    """Return a backend that refuses everybody so."""

    class Refusing:
        async def send(self, message_data):
            every = [RecipientResult(each, outcome, code, None, text) for each in message_data.envelope_recipients]
            return DeliveryResult.of(message_data.message_id, every)

    return Refusing


@pytest.mark.parametrize("outcome", ["permanent", "ambiguous"])
async def test_a_refusal_raises_with_the_result_of_each(backend, outcome):
    """The error has what was said of whom."""
    backend(refusing(outcome, "no such user", 550))
    with pytest.raises(DeliveryError) as caught:
        await send_email([TO, "grace@example.org"], "s", "t", message_id="<one@example.org>")
    assert [each.recipient for each in caught.value.result.refused] == [TO, "grace@example.org"]
    assert f"{TO}: {outcome} (550 no such user)" in str(caught.value)


async def test_one_of_two_refused_is_a_failure(backend):
    """True means everybody."""

    class Half:
        async def send(self, message_data):
            first, second = message_data.envelope_recipients
            every = [RecipientResult(first, "accepted", 250), RecipientResult(second, "permanent", 550)]
            return DeliveryResult.of(message_data.message_id, every)

    backend(Half)
    with pytest.raises(DeliveryError) as caught:
        await send_email([TO, "grace@example.org"], "s", "t")
    assert [each.recipient for each in caught.value.result.accepted] == [TO]


@pytest.mark.parametrize(("argument", "setting"), [(True, False), (None, True)])
async def test_a_silent_failure_is_logged_with_its_message(backend, caplog, argument, setting):
    """Who says nothing leaves a trace to look for."""
    backend(refusing("permanent", "no such user", 550), EMAIL_FAIL_SILENTLY=setting)
    assert await send_email(TO, "s", "t", fail_silently=argument, message_id="<one@example.org>") is False
    [record] = [each for each in caplog.records if each.name == "openviper.email"]
    assert record.levelno == logging.ERROR
    assert "<one@example.org>" in record.getMessage()
    assert "no such user" in record.getMessage()


async def test_an_explicit_loudness_beats_the_setting(backend):
    """fail_silently=False raises, whatever EMAIL_FAIL_SILENTLY says."""
    backend(refusing("permanent"), EMAIL_FAIL_SILENTLY=True)
    with pytest.raises(DeliveryError):
        await send_email(TO, "s", "t", fail_silently=False)


async def test_an_error_of_a_backend_is_the_cause_of_the_failure(backend):
    """What was raised is chained, and its text is in the result, fit for a log."""

    class Broken:
        async def send(self, message_data):
            raise RuntimeError("quota\r\nused up " + "x" * 5_000)

    backend(Broken, EMAIL_TIMEOUT=0.5)
    with pytest.raises(DeliveryError) as caught:
        await send_email(TO, "s", "t")
    assert isinstance(caught.value.__cause__, RuntimeError)
    [refusal] = caught.value.result.transient
    assert refusal.text.startswith("RuntimeError: quota  used up xxx")
    assert refusal.text.isprintable()
    assert len(refusal.text) <= 1_000


async def test_cancellation_passes_through(backend):
    """A caller that gives up is not told that a delivery failed, even silently."""
    started = asyncio.Event()

    class Hanging:
        async def send(self, message_data):
            started.set()
            await asyncio.Event().wait()

    backend(Hanging)
    sending = asyncio.create_task(send_email(TO, "s", "t", fail_silently=True))
    await started.wait()
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending


async def test_send_message_returns_refusals_as_a_result(backend):
    """Whoever wants the result of each recipient needs no except."""
    backend(refusing("permanent", code=550))
    result = await send_message(message(1))
    assert not result.ok
    assert [each.code for each in result.permanent] == [550]


@pytest.mark.parametrize("name", ["memory", "console"])
async def test_a_message_that_is_too_large_raises(name, capsys):
    """EMAIL_MAX_MESSAGE_BYTES is of the whole message on the wire; the error has both numbers."""
    with override_settings(EMAIL_BACKEND=name, EMAIL_MAX_MESSAGE_BYTES=1_000):
        assert await send_email(TO, "s", "x" * 100)
        capsys.readouterr()
        with pytest.raises(MessageTooLarge, match=r"has [\d,]{5} bytes; EMAIL_MAX_MESSAGE_BYTES allows 1,000"):
            await send_email(TO, "s", "x " * 2_000, fail_silently=True)
    assert not capsys.readouterr().out


async def test_a_signature_is_put_before_the_message(memory):
    """The signer gets the finished bytes, Message-ID and Date included."""
    seen = []

    def sign(finished):
        seen.append(finished)
        return b"DKIM-Signature: v=1; b=abc\r\n"

    await send_email(TO, "s", "t", sign=sign)
    [kept] = memory
    assert kept.raw == b"DKIM-Signature: v=1; b=abc\r\n" + seen[0]
    assert b"Message-ID: " in seen[0]


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (ZeroDivisionError("division by zero"), "permanent"),
        (ValueError("no key"), "permanent"),
        (ConnectionRefusedError("the key server is down"), "transient"),
    ],
)
@pytest.mark.parametrize("is_setting", [True, False])
async def test_a_signer_that_fails_refuses_the_message(memory, monkeypatch, error, outcome, is_setting):
    """For good, unless it did not reach what it asks."""

    def sign(finished):
        raise error

    monkeypatch.setattr("openviper.core.email._sending.attempts._PAUSE", (0, 0))
    monkeypatch.setattr("openviper.core.email.test_sign", sign, raising=False)
    settings = {"EMAIL_SIGN": "openviper.core.email.test_sign"} if is_setting else {}
    with override_settings(**settings), pytest.raises(DeliveryError) as caught:
        await send_email(TO, "s", "t", sign=None if is_setting else sign)
    assert {each.outcome for each in caught.value.result.refused} == {outcome}
    assert str(error) in str(caught.value)
    assert caught.value.__cause__ is error
    assert not memory


async def test_a_signer_is_refused_by_a_backend_that_cannot_sign(backend):
    """Nothing goes out unsigned that was to be signed."""

    class Plain:
        async def send(self, message_data):
            raise AssertionError("it was sent")

    backend(Plain)
    with pytest.raises(ImproperlyConfigured, match="has no parameter sign"):
        await send_email(TO, "s", "t", sign=lambda finished: b"")
