"""The nonce, as the application and the browser see it."""

from __future__ import annotations

import gc
import re

import pytest

from openviper.core.response_send import FixedHeaders, ResponseSend
from openviper.middleware._csp import CSPHeader
from openviper.middleware._nonce import Nonce

CSP = b"content-security-policy"
SCRIPTS = {"default-src": ["'self'"], "script-src": ["'self'", "'nonce'"]}


class Connection:
    """A server's side of one response, with a policy fixed as the middleware does it."""

    def __init__(self, *policies):
        self.messages = []
        self.send = ResponseSend(self._keep)
        self.send.fix(FixedHeaders((policy.header, policy.plain) for policy in policies))
        self.nonce = Nonce(self.send)
        self.nonce.policies = policies

    async def _keep(self, message):
        self.messages.append(message)

    def respond(self, *headers):
        """Start the response; return its headers."""
        with pytest.raises(StopIteration):
            self.send({"type": "http.response.start", "status": 200, "headers": list(headers)}).send(None)
        return self.messages[-1]["headers"]


def test_a_nonce_that_nobody_reads_is_not_sent():
    """The policy of a response whose nonce was only looked at names none."""
    connection = Connection(CSPHeader(CSP, SCRIPTS))
    assert connection.nonce
    assert repr(connection.nonce) == "<Nonce not read>"
    assert connection.respond() == [(CSP, b"default-src 'self'; script-src 'self'")]


@pytest.mark.parametrize("read", [str, format, lambda nonce: nonce.__html__(), lambda nonce: f"{nonce}"])
def test_reading_puts_it_into_the_policy(read):
    """What was read stands in the header once, the same at every look: 128 random bits in 22 characters."""
    connection = Connection(CSPHeader(CSP, SCRIPTS))
    nonce = read(connection.nonce)
    assert re.fullmatch("[A-Za-z0-9_-]{22}", nonce)
    assert str(connection.nonce) == connection.nonce.__html__() == nonce
    assert repr(connection.nonce) == "<Nonce read>"
    policy = f"default-src 'self'; script-src 'self' 'nonce-{nonce}'".encode()
    assert connection.respond((b"x-other", b"1")) == [(b"x-other", b"1"), (CSP, policy)]
    assert str(connection.nonce) == nonce


def test_no_two_requests_share_one():
    """A thousand nonces are a thousand different ones."""
    policy = CSPHeader(CSP, SCRIPTS)
    assert len({str(Connection(policy).nonce) for _ in range(1000)}) == 1000


def test_all_policies_of_a_response_name_the_same():
    """The enforced policy and the reported one have one nonce."""
    reported = CSP + b"-report-only"
    connection = Connection(
        CSPHeader(CSP, {"script-src": ["'nonce'"]}), CSPHeader(reported, {"style-src": ["'nonce'"]})
    )
    source = f"'nonce-{connection.nonce}'".encode()
    assert dict(connection.respond()) == {CSP: b"script-src " + source, reported: b"style-src " + source}


def test_the_policy_of_the_application_stays():
    """A policy that the application set itself is neither doubled nor replaced, though the nonce was read."""
    connection = Connection(CSPHeader(CSP, SCRIPTS))
    str(connection.nonce)
    assert connection.respond((CSP, b"default-src 'none'")) == [(CSP, b"default-src 'none'")]


def test_reading_it_first_when_the_header_is_gone_fails():
    """After the response began, a nonce that no policy names is an error that says what to do."""
    connection = Connection(CSPHeader(CSP, SCRIPTS))
    connection.respond()
    with pytest.raises(RuntimeError, match=r"first read after the response had begun.*read it before"):
        str(connection.nonce)


def test_reading_it_first_when_the_request_is_over_fails():
    """A nonce that outlives its request, as in a task of its own, says the same."""
    nonce = Connection(CSPHeader(CSP, SCRIPTS)).nonce
    gc.collect()
    with pytest.raises(RuntimeError, match="first read after the response had begun"):
        str(nonce)
