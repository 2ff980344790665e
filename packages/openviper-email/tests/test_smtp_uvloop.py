"""The same on uvloop: a transport is handed over in clear, after STARTTLS and with TLS from the first byte."""

from __future__ import annotations

import asyncio
import sys

import pytest
from smtp_script import CLOSE, RESET, SILENCE, Wait

from openviper.core.email.backends.smtp import SMTPBackend, SMTPOptions

uvloop = pytest.importorskip("uvloop") if sys.platform != "win32" else pytest.skip("no uvloop", allow_module_level=True)
TLS = pytest.mark.parametrize("tls", ["none", "STARTTLS", "implicit"])


def run(server, messages, **options):
    """Send all messages over a backend on uvloop; return the results."""

    async def main():
        backend = SMTPBackend(SMTPOptions(**{"host": "127.0.0.1", "port": server.port, **options}))
        try:
            return await asyncio.gather(*map(backend.send, messages))
        finally:
            await backend.close()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main())


def encrypted(tls, authority):
    server = {} if tls == "none" else {"tls": authority.context(), "implicit_tls": tls == "implicit"}
    return server, {"starttls": tls == "STARTTLS", "implicit_tls": tls == "implicit", "cafile": authority.cafile}


@TLS
@pytest.mark.parametrize("extensions", [("PIPELINING",), ("8BITMIME",)], ids=["pipelined", "in steps"])
def test_batch(extensions, tls, smtp_script, mail, authority):
    """Each message is there once."""
    fields, options = encrypted(tls, authority)
    server = smtp_script(extensions=extensions, **fields)
    results = run(server, [mail(f"r{index}@example.org") for index in range(30)], pool_size=3, **options)
    assert all(result.ok for result in results)
    assert len({one.recipients[0] for one in server.accepted}) == len(server.accepted) == 30


@TLS
def test_large_message(tls, smtp_script, mail, authority):
    """Flow control works, and the message is whole."""
    fields, options = encrypted(tls, authority)
    server = smtp_script(**fields)
    (result,) = run(server, [mail(text="0123456789\n" * 500_000)], **options)
    assert result.ok
    assert server.accepted[0].data.count(b"0123456789") == 500_000


@pytest.mark.parametrize(
    ("script", "outcome"),
    [
        ({"CONNECT": CLOSE}, "transient"),
        ({"CONNECT": SILENCE}, "transient"),
        ({"EHLO": RESET}, "transient"),
        ({"MAIL": CLOSE}, "transient"),
        ({"DATA": SILENCE}, "transient"),
        ({".": CLOSE}, "ambiguous"),
        ({".": RESET}, "ambiguous"),
        ({".": SILENCE}, "ambiguous"),
        ({".": ("250 2.0.0 queued", "421 4.3.2 closing", CLOSE)}, "accepted"),
        ({"STARTTLS": ("220 go", "250 injected")}, "transient"),
    ],
)
def test_fault(script, outcome, smtp_script, mail, authority):
    """Faults mean what they mean on asyncio's own loop."""
    is_tls = "STARTTLS" in script
    server = smtp_script(script, tls=authority.context() if is_tls else None)
    options = {"starttls": True, "cafile": authority.cafile} if is_tls else {}
    (result,) = run(server, [mail()], timeout=0.5, **options)
    assert {one.outcome for one in result.accepted + result.refused} == {outcome}


def test_certificate_of_another_name(smtp_script, mail, authority):
    """It is refused."""
    server = smtp_script(tls=authority.context("mail.example.org"))
    (result,) = run(server, [mail()], starttls=True, cafile=authority.cafile)
    assert result.refused[0].outcome == "transient"
    assert "the certificate is refused" in result.refused[0].text


def test_death_in_the_midst_of_a_large_message(smtp_script, mail):
    """It is no doubt."""
    server = smtp_script({"DATA": ("354 go", Wait(0.05), RESET)}, kept_unread=65_536)
    (result,) = run(server, [mail(text="words\n" * 2_000_000)])
    assert result.refused[0].outcome == "transient"


def test_batch_into_postfix(postfix, authority, mail):
    """A real server, over STARTTLS."""
    results = run(postfix, [mail() for _ in range(30)], starttls=True, cafile=authority.cafile)
    assert all(result.ok for result in results)
    assert len(postfix.messages(30)) == 30
