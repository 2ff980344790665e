"""TLS of a connection: STARTTLS, from the first byte, and none where this machine is asked."""

from __future__ import annotations

import socket

import pytest
from smtp_logins import PASSWORD
from smtp_script import CLOSE, Wait

from openviper.conf import Secret, override_settings
from openviper.core.email import send_message


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
async def test_message_goes_over_starttls(host, smtp_script, smtp_backend, mail, authority):
    """With STARTTLS asked for nothing but EHLO is said in clear, and the server is greeted anew."""
    server = smtp_script(tls=authority.context())
    backend = smtp_backend(server, host=host, starttls=True, cafile=authority.cafile)
    assert (await backend.send(mail())).ok
    assert [line.split()[0] for line in server.lines()] == ["EHLO", "STARTTLS", "EHLO", "MAIL", "RCPT", "DATA"]


async def test_message_goes_over_implicit_tls(smtp_script, smtp_backend, mail, authority):
    """With EMAIL_USE_SSL there is TLS from the first byte."""
    server = smtp_script(tls=authority.context(), implicit_tls=True)
    backend = smtp_backend(server, implicit_tls=True, cafile=authority.cafile)
    results = [await backend.send(mail()) for _ in range(3)]
    assert all(result.ok for result in results)
    assert server.connections == 1


async def test_large_message_goes_over_tls(smtp_script, smtp_backend, mail, authority):
    """A message of megabytes arrives whole over STARTTLS."""
    server = smtp_script(tls=authority.context())
    backend = smtp_backend(server, starttls=True, cafile=authority.cafile)
    text = "\n".join(f"{number:08d}" for number in range(300_000))
    assert (await backend.send(mail(text=text))).ok
    assert server.accepted[0].data.count(b"\r\n") > 300_000
    assert b"00299999" in server.accepted[0].data


async def test_server_of_this_machine_needs_no_starttls(smtp_script, smtp_backend, mail, authority):
    """On loopback, without a word about it, STARTTLS is not used though it is offered."""
    server = smtp_script(tls=authority.context())
    assert (await smtp_backend(server).send(mail())).ok
    assert server.lines("STARTTLS") == []


@pytest.fixture
def own_address():
    """Return an address of this machine that is not loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as found:
        try:
            # Nothing is sent: it asks which address would be used.
            found.connect(("192.0.2.1", 9))
        except OSError:
            pytest.skip("this machine has no address but loopback")
        return found.getsockname()[0]


@pytest.mark.parametrize("login", [{}, {"user": "ada", "password": Secret(PASSWORD)}], ids=["no login", "login"])
async def test_name_of_this_machine_that_leads_elsewhere(login, own_address, monkeypatch, smtp_script, refused):
    """Only loopback is spoken to in clear without being told to, whatever the name."""
    usual = socket.getaddrinfo
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, *args, **kwargs: usual(own_address if host == "mail.localhost" else host, *args, **kwargs),
    )
    server = smtp_script(extensions=("AUTH PLAIN",), host=own_address)
    outcome, _, text = await refused(server, host="mail.localhost", **login)
    assert outcome == "permanent"
    assert text.startswith(f"the name leads to {own_address}, another machine than this, and nothing is sent in clear")
    assert server.lines() == []


@pytest.mark.parametrize(
    "more",
    ["250 scripted.example", b"250-scripted.example\r\n250 AUTH PLAIN\r\n", b"25"],
    ids=["reply", "EHLO", "part"],
)
async def test_bytes_behind_the_greeting_end_the_connection(more, smtp_script, refused):
    """They would be taken for the answer to EHLO, or for a part of it."""
    server = smtp_script({"CONNECT": ("220 hello", more)})
    assert await refused(server) == ("transient", None, "the server sent more than its greeting")
    assert server.lines("MAIL") == []


@pytest.mark.parametrize("alert", [10, 40, 48, 70, 80], ids=lambda number: f"alert {number}")
@pytest.mark.parametrize("step", ["CONNECT", "STARTTLS"])
async def test_alert_is_a_refusal_for_now(step, alert, smtp_script, refused, authority):
    """One packet, of a server or of anybody on the way, is not to lose mail for good; the next one goes through."""
    packet = b"\x15\x03\x03\x00\x02\x02" + bytes([alert])
    does = (packet, CLOSE) if step == "CONNECT" else ("220 2.0.0 go ahead", Wait(0.05), packet, CLOSE)
    options = {"implicit_tls": True} if step == "CONNECT" else {"starttls": True}
    server = smtp_script({step: does}, tls=authority.context() if step == "STARTTLS" else None)
    outcome, _, text = await refused(server, cafile=authority.cafile, **options)
    assert (outcome, "TLS failed" in text) == ("transient", True)
    assert server.lines("MAIL") == []


@pytest.mark.parametrize(
    "once",
    [
        {"EHLO": ["250 scripted.example"]},
        {"STARTTLS": ["501 5.5.4 no"]},
        {"STARTTLS": [("220 2.0.0 go ahead", "250 2.0.0 injected")]},
        {"STARTTLS": [("220 2.0.0 go ahead", b"\x15\x03\x03\x00\x02\x02\x28", CLOSE)]},
    ],
    ids=["taken out", "refused", "injected", "alert"],
)
async def test_what_hinders_tls_once_does_not_hinder_the_second_attempt(once, smtp_script, mail, authority):
    """The message goes out encrypted a second later, as if nothing had been."""
    server = smtp_script(once, tls=authority.context())
    with override_settings(
        EMAIL_BACKEND="smtp",
        EMAIL_HOST="127.0.0.1",
        EMAIL_PORT=server.port,
        EMAIL_USE_TLS=True,
        EMAIL_SSL_CAFILE=authority.cafile,
    ):
        assert (await send_message(mail())).ok
    assert [line.split()[0] for line in server.lines()][-5:] == ["STARTTLS", "EHLO", "MAIL", "RCPT", "DATA"]
    assert len(server.accepted) == 1


async def test_starttls_that_is_not_offered_is_a_refusal(smtp_script, refused):
    """Nothing goes out in clear where STARTTLS is needed, nor is it lost: the offer may have been taken out."""
    server = smtp_script()
    outcome, code, text = await refused(server, starttls=True)
    assert (outcome, code) == ("transient", None)
    assert text.startswith("the server offers no STARTTLS, and nothing is sent in clear")
    assert server.lines("MAIL") == []


@pytest.mark.parametrize("answer", ["454 4.7.0 not now", "501 5.5.4 no", "250 2.0.0 sure"])
async def test_starttls_that_is_offered_and_refused_is_a_refusal(answer, smtp_script, refused, authority):
    """A server, or somebody before it, that takes STARTTLS back gets nothing now."""
    server = smtp_script({"STARTTLS": answer}, tls=authority.context())
    outcome, code, text = await refused(server, starttls=True, cafile=authority.cafile)
    assert (outcome, code) == ("transient", int(answer[:3]))
    assert text.startswith("the server refused STARTTLS")
    assert server.lines("MAIL") == []


@pytest.mark.parametrize(
    "injected",
    ["250 2.0.0 injected", "250-scripted.example\r\n250 AUTH PLAIN", b"250 half", b"\x16\x03\x01", "421 4.0.0 bye"],
    ids=["reply", "EHLO", "half", "bytes", "421"],
)
async def test_bytes_behind_the_answer_to_starttls_end_the_connection(injected, smtp_script, refused, authority):
    """What came in clear is never read as if it had come encrypted (RFC 3207, section 5), and loses no mail."""
    server = smtp_script({"STARTTLS": ("220 2.0.0 go ahead", injected)}, tls=authority.context())
    outcome, code, _ = await refused(
        server, starttls=True, cafile=authority.cafile, user="ada", password=Secret(PASSWORD)
    )
    assert (outcome, code) == ("transient", None)
    assert server.lines("AUTH") == server.lines("MAIL") == []
    assert len(server.lines("EHLO")) == 1


@pytest.mark.parametrize("step", [CLOSE, "220 go"])
async def test_starttls_that_comes_to_nothing_is_a_refusal(step, smtp_script, refused, authority):
    """A connection that ends within STARTTLS sends nothing in clear, then or later."""
    does = (step, CLOSE) if step is not CLOSE else CLOSE
    server = smtp_script({"STARTTLS": does}, tls=authority.context())
    await refused(server, starttls=True, cafile=authority.cafile)
    assert server.lines("MAIL") == []


async def test_what_was_offered_in_clear_is_forgotten(smtp_script, smtp_backend, mail, authority):
    """Extensions count as the server names them after STARTTLS."""
    server = smtp_script(
        {"EHLO": [("250-scripted.example", "250-STARTTLS", "250-PIPELINING", "250 SIZE 10")]},
        extensions=("8BITMIME",),
        tls=authority.context(),
    )
    assert (await smtp_backend(server, starttls=True, cafile=authority.cafile).send(mail())).ok
    assert ["MAIL FROM:<news@example.org>"] in server.groups


async def test_tls_where_there_is_none(smtp_script, refused):
    """EMAIL_USE_SSL at a port that speaks in clear is a refusal, in time."""
    outcome, _, text = await refused(smtp_script(), implicit_tls=True)
    assert outcome == "transient"
    assert "TLS failed" in text
    assert text.endswith("; does it speak TLS from the first byte (EMAIL_USE_SSL)?")


async def test_clear_where_there_is_tls(smtp_script, smtp_backend, mail, authority):
    """A port that waits for TLS says nothing; the message is refused when its time is over."""
    server = smtp_script(tls=authority.context(), implicit_tls=True)
    (only,) = (await smtp_backend(server, timeout=0.5).send(mail())).refused
    assert only.outcome == "transient"
