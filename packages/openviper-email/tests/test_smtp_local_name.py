"""What EHLO calls this machine, and a resolver that is not there yet."""

from __future__ import annotations

import socket

import pytest

from openviper.core.email._smtp import connect
from openviper.core.email._smtp.local_name import LocalName


@pytest.fixture
def resolver(monkeypatch):
    """Have the resolver give these, one after the other: names or errors. The list has what is left."""
    answers = []

    def getfqdn():
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(socket, "getfqdn", getfqdn)
    return answers


@pytest.mark.parametrize(
    "nothing", [OSError("no resolver"), TimeoutError(), "shop", "", "b\xfccher.example", "a b.example", "a..example"]
)
async def test_a_name_is_asked_for_again_where_there_was_none(resolver, nothing):
    """The network came up after the program: that decides nothing for good."""
    resolver += [nothing, "shop.example.org"]
    name = LocalName(again=0)
    assert await name.get() == ""
    assert await name.get() == "shop.example.org"


async def test_a_name_that_was_found_is_kept(resolver):
    """It is asked for once."""
    resolver += ["shop.example.org"]
    name = LocalName(again=0)
    assert [await name.get() for _ in range(3)] == ["shop.example.org"] * 3


async def test_a_resolver_without_an_answer_is_not_asked_for_each_connection(resolver):
    """It may take its time."""
    resolver += [OSError("no resolver")]
    name = LocalName()
    assert [await name.get() for _ in range(3)] == [""] * 3


async def test_ehlo_has_the_name_or_else_the_address(resolver, monkeypatch, smtp_script, smtp_backend, mail):
    """As RFC 5321 wants it, section 4.1.3."""
    resolver += [OSError("no resolver"), "shop.example.org"]
    monkeypatch.setattr(connect, "_local_name", LocalName(again=0))
    server = smtp_script()
    backend = smtp_backend(server, max_messages=1)
    assert (await backend.send(mail())).ok
    assert (await backend.send(mail())).ok
    assert server.lines("EHLO") == ["EHLO [127.0.0.1]", "EHLO shop.example.org"]
