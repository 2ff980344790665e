"""TLS and AUTH: what is never sent in clear, and to whom a connection is refused."""

from __future__ import annotations

import pytest
from smtp_logins import PASSWORD
from smtp_script import SILENCE

from openviper.conf import Secret


@pytest.mark.parametrize(
    ("host", "says"),
    [("no-such-host.invalid", "at connecting: "), ("a..b.localhost", "at connecting: "), ("x" * 70, "at connecting: ")],
)
async def test_host_that_is_none(host, says, smtp_backend, mail, free_port):
    """A name without an address is a refusal for now, which names it."""

    class Nobody:
        port = free_port

    (only,) = (await smtp_backend(Nobody, host=host, timeout=5, starttls=False).send(mail())).refused
    assert only.outcome == "transient"
    assert f"{host}:{free_port}, {says}" in only.text


async def test_host_of_two_addresses(smtp_script, smtp_backend, mail):
    """Where the first one of localhost is refused, the other is taken."""
    server = smtp_script(host="127.0.0.1")
    assert (await smtp_backend(server, host="localhost").send(mail())).ok


async def test_server_that_knows_no_ehlo_is_greeted_by_helo(smtp_script, smtp_backend, mail):
    """A server of before 1995 takes messages too."""
    server = smtp_script({"EHLO": "500 5.5.1 what?"})
    assert (await smtp_backend(server, local_hostname="client.example.org").send(mail())).ok
    assert [line for line in server.lines() if "client.example.org" in line] == [
        "EHLO client.example.org",
        "HELO client.example.org",
    ]


@pytest.mark.parametrize("options", [{}, {"starttls": True}, {"implicit_tls": True}])
async def test_nobody_listens(options, smtp_backend, mail, free_port):
    """A port on which nobody listens is a refusal for now, which names it."""

    class Nobody:
        port = free_port

    (only,) = (await smtp_backend(Nobody, **options).send(mail())).refused
    assert only.outcome == "transient"
    assert f"127.0.0.1:{free_port}, at connecting: " in only.text


@pytest.mark.parametrize("step", ["EHLO", "STARTTLS", "AUTH"])
async def test_silence_ends_with_the_time(step, smtp_script, smtp_backend, mail, authority):
    """A server that stops answering while a connection is set up costs no more than EMAIL_TIMEOUT."""
    server = smtp_script({step: SILENCE}, extensions=("AUTH PLAIN",), tls=authority.context())
    options = {"starttls": True, "cafile": authority.cafile, "user": "ada", "password": Secret(PASSWORD)}
    (only,) = (await smtp_backend(server, timeout=0.3, **options).send(mail())).refused
    assert only.outcome == "transient"
    assert f"at {step}: the server did not answer in time" in only.text
