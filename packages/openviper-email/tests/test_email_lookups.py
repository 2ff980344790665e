"""Questions to the resolver, and one that hangs."""

from __future__ import annotations

import asyncio
import socket
import threading

import pytest
from stepping import until

from openviper.core.email import _lookups as lookups


@pytest.fixture
def hanging(monkeypatch):
    """Have every look-up of a name hang until the test ends; the list has those that were asked for."""
    asked, end, usual = [], threading.Event(), socket.getaddrinfo

    def getaddrinfo(host, *args, **kwargs):
        if not str(host).endswith(".example"):
            return usual(host, *args, **kwargs)
        asked.append(host)
        end.wait(10)
        raise socket.gaierror(socket.EAI_AGAIN, "it hung")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    yield asked
    end.set()
    while lookups._questions().asked:
        threading.Event().wait(0.001)


async def test_names_that_hang_keep_nothing_else_waiting(hanging, smtp_backend, mail):
    """A large message over another mailer is encoded in a thread, and there is one."""
    servers = [smtp_backend(type("Server", (), {"port": 25}), host=f"mail{n}.example", timeout=5) for n in range(12)]
    sending = [asyncio.create_task(each.send(mail())) for each in servers]
    await until(lambda: len(hanging) == 12)
    async with asyncio.timeout(3):
        assert await asyncio.to_thread(lambda: "done") == "done"
    for each in sending:
        each.cancel()
    await asyncio.gather(*sending, return_exceptions=True)


def test_a_name_that_hangs_does_not_hold_the_program(hanging, monkeypatch):
    """asyncio.run waits for the threads of its executor, and for no other."""
    ended = []

    async def main():
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await lookups.addresses("mail.example", 25)

    def run():
        asyncio.run(main())
        ended.append(True)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(5)
    assert ended


async def test_whoever_asks_the_same_shares_the_answer(hanging):
    """A pool of connections to one name that hangs has one thread."""
    asking = [asyncio.create_task(lookups.addresses("mail.example", 25)) for _ in range(8)]
    await until(lambda: hanging)
    asking[0].cancel()
    await asyncio.sleep(0.01)
    assert not asking[1].done()
    assert hanging == ["mail.example"]
    for each in asking:
        each.cancel()


async def test_there_are_only_so_many(hanging, monkeypatch):
    """Whoever would be one too many hears of it at once."""
    monkeypatch.setattr(lookups, "MOST_THREADS", 2)
    asking = [asyncio.create_task(lookups.addresses(f"mail{n}.example", 25)) for n in range(2)]
    await until(lambda: len(hanging) == 2)
    with pytest.raises(OSError, match="2 other names are being looked up"):
        await lookups.addresses("mail3.example", 25)
    for each in asking:
        each.cancel()


async def test_names_of_strangers_keep_no_mail_from_its_server(hanging):
    """However many of them hang, others are looked up; and there are only so many of them too."""
    asking = [asyncio.create_task(lookups.strangers_addresses(f"url{n}.example", 80)) for n in range(16)]
    asking += [asyncio.create_task(lookups.addresses(f"mail{n}.example", 25)) for n in range(31)]
    await until(lambda: len(hanging) == 47)
    with pytest.raises(OSError, match="16 other names are being looked up"):
        await lookups.strangers_addresses("url16.example", 80)
    assert await lookups.addresses("127.0.0.1", 25)
    for each in asking:
        each.cancel()


async def test_an_answer_is_what_the_resolver_says():
    """Addresses as socket.getaddrinfo has them, or its error."""
    assert (await lookups.addresses("127.0.0.1", 25))[0][4] == ("127.0.0.1", 25)
    with pytest.raises(socket.gaierror):
        await lookups.addresses("256.0.0.1.invalid", 25)
