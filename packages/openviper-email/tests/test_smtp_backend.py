"""The smtp backend, against the servers of other people; what they have is counted."""

from __future__ import annotations

import re
import subprocess
import sys
from contextvars import ContextVar

import pytest
from stepping import send_all

from openviper._settings.email import EmailSettings
from openviper.conf import override_settings
from openviper.core.email.backends.smtp import SMTPBackend, SMTPOptions
from openviper.core.email.errors import MessageTooLarge

REQUEST = ContextVar("REQUEST", default="none")


def ids(texts, pattern=rb"(?im)^message-id: (<[^>]+>)"):
    return sorted(re.search(pattern, text)[1].decode() for text in texts)


async def test_batch_into_smtp_sink(smtp_sink, smtp_backend, mail):
    """Each of 300 messages is there once, over eight pipelined connections."""
    sink = smtp_sink(keep=True)
    messages = [mail(f"r{index}@example.org", text=f"{index}\n.\n", html=f"<p>{index}</p>") for index in range(300)]
    results = await send_all(smtp_backend(sink, max_messages=50), messages)
    assert all(result.ok for result in results)
    assert ids(sink.messages()) == sorted(message.message_id for message in messages)


@pytest.mark.parametrize(
    ("options", "outcome"),
    [
        (("-r", "MAIL"), "transient"),
        (("-f", "RCPT"), "permanent"),
        (("-f", "DATA"), "permanent"),
        (("-r", "."), "transient"),
        (("-Q", "MAIL"), "transient"),
        (("-q", "DATA"), "transient"),
        (("-q", "."), "ambiguous"),
        (("-p",), "accepted"),
        (("-e",), "accepted"),
    ],
)
async def test_smtp_sink_that_fails(options, outcome, smtp_sink, smtp_backend, mail):
    """What smtp-sink refuses, or breaks off, is reported as that, message by message."""
    backend = smtp_backend(smtp_sink(*options), timeout=10)
    results = await send_all(backend, [mail() for _ in range(20)])
    assert {one.outcome for result in results for one in result.accepted + result.refused} == {outcome}


async def test_batch_into_aiosmtpd(aiosmtpd_server, smtp_backend, mail):
    """A server without PIPELINING has them all as well."""
    server = aiosmtpd_server()
    messages = [mail(f"r{index}@example.org", text=".\n..\nend") for index in range(60)]
    assert all(result.ok for result in await send_all(smtp_backend(server), messages))
    assert ids(one.content for one in server.envelopes) == sorted(message.message_id for message in messages)
    assert all(one.content.endswith(b"\r\n\r\n.\r\n..\r\nend\r\n") for one in server.envelopes)


async def test_aiosmtpd_with_a_size(aiosmtpd_server, smtp_backend, mail):
    """Its SIZE is obeyed."""
    server = aiosmtpd_server(data_size_limit=5_000)
    backend = smtp_backend(server)
    small, large = await send_all(backend, [mail(), mail(text="word " * 2_000)])
    assert small.ok
    assert large.refused[0].enhanced_status == "5.3.4"


@pytest.mark.parametrize("tls", [False, True], ids=["clear", "STARTTLS"])
async def test_batch_into_postfix(tls, postfix, authority, smtp_backend, mail):
    """Each of 60 messages is delivered once, and one refused recipient of two is named."""
    options = {"starttls": True, "cafile": authority.cafile} if tls else {}
    messages = [mail(f"r{index}@example.org", "refused@example.org", text=".\n") for index in range(60)]
    results = await send_all(smtp_backend(postfix, max_messages=10, **options), messages)
    assert {len(result.accepted) for result in results} == {1}
    assert {(one.recipient, one.code, one.enhanced_status) for result in results for one in result.refused} == {
        ("refused@example.org", 550, "5.1.1")
    }
    assert ids(postfix.messages(60)) == sorted(message.message_id for message in messages)


async def test_postfix_takes_addresses_beyond_ascii(postfix, smtp_backend, mail):
    """SMTPUTF8 works against a server that knows it."""
    recipient = "\N{GREEK SMALL LETTER ALPHA}da@example.org"
    assert (await smtp_backend(postfix).send(mail(recipient))).ok
    assert recipient.encode() in postfix.messages(1)[0]


async def test_message_of_megabytes_into_postfix(postfix, smtp_backend, mail):
    """One that needs many writes is whole; one that is larger than SIZE is not even announced."""
    backend = smtp_backend(postfix)
    fits, is_too_large = await send_all(backend, [mail(text="0123456789\n" * 200_000), mail(text="x\n" * 3_000_000)])
    assert fits.ok
    assert is_too_large.refused[0].enhanced_status == "5.3.4"
    assert postfix.messages(1)[0].count(b"0123456789") == 200_000


async def test_settings_make_a_backend(smtp_script, mail):
    """Without arguments the EMAIL_* settings count."""
    server = smtp_script()
    with override_settings(EMAIL_HOST="127.0.0.1", EMAIL_PORT=server.port, EMAIL_POOL_SIZE=3):
        backend = SMTPBackend()
    assert (backend.options.pool_size, backend.concurrency) == (3, 12)
    assert (await backend.send(mail())).ok
    await backend.close()
    assert len(server.accepted) == 1


async def test_mailer_settings_make_a_backend():
    """A mailer of EMAIL_MAILERS has its own."""
    backend = SMTPBackend.from_settings(EmailSettings(EMAIL_HOST="mail.example.org", EMAIL_TIMEOUT=5.0))
    assert (backend.options.name, backend.options.timeout) == ("mail.example.org:587", 5.0)
    await backend.close()


async def test_size_that_the_settings_allow(smtp_script, smtp_backend, mail):
    """A larger message is an error of whoever made it; nobody is connected to."""
    server = smtp_script()
    with pytest.raises(MessageTooLarge, match="EMAIL_MAX_MESSAGE_BYTES allows 1,000"):
        await smtp_backend(server, max_message_bytes=1_000).send(mail(text="word " * 1_000))
    assert server.connections == 0


async def test_signature_is_put_before_the_message(smtp_script, mail):
    """The signer sees what is sent, and the one of a call counts before that of the backend."""
    server, seen = smtp_script(), []

    def seal(name):
        return lambda text: seen.append(text) or f"{name}: sealed\r\n".encode()

    backend = SMTPBackend(SMTPOptions(host="127.0.0.1", port=server.port), sign=seal("X-Always"))
    await backend.send(mail())
    await backend.send(mail(), sign=seal("X-Once"))
    await backend.close()
    assert [one.data.partition(b"\r\n")[0] for one in server.accepted] == [b"X-Always: sealed", b"X-Once: sealed"]
    assert [one.data.partition(b"\r\n")[2] for one in server.accepted] == seen


async def test_seconds_of_a_call_count(smtp_script, smtp_backend, mail):
    """What is left of EMAIL_TIMEOUT is what a send may take."""
    server = smtp_script()
    backend = smtp_backend(server)
    result = await backend.send(mail(), seconds=0.0)
    assert result.refused[0].outcome == "transient"
    assert (await backend.send(mail())).ok


async def test_callers_context_is_not_kept(smtp_script, smtp_backend, mail):
    """The tasks of a pool do not hold on to the request in which the first message was sent."""
    server = smtp_script()
    REQUEST.set("of the first caller")
    backend = smtp_backend(server, user="ada", token=lambda: seen.append(REQUEST.get()) or "token")
    server.extensions = ("AUTH XOAUTH2",)
    seen = []
    assert (await backend.send(mail())).ok
    assert seen == ["none"]


async def test_backend_that_is_closed_twice_or_unused_says_nothing(smtp_script, smtp_backend, mail):
    """Each message has its answer, and no connection is opened to say good-bye."""
    server = smtp_script()
    backend = smtp_backend(server)
    await backend.close()
    await backend.close()
    assert server.connections == 0


def test_smtp_client_is_imported_by_the_first_connection():
    """Making the backend costs no aiosmtplib."""
    code = (
        "import sys; from openviper.core.email.backends.smtp import SMTPBackend, SMTPOptions; "
        "SMTPBackend(SMTPOptions()); print('aiosmtplib' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout == b"False\n"
