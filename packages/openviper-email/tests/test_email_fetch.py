"""URLs as attachments, from servers that answer well, badly, late, and never.

The servers listen on loopback, which is refused by design. So these tests judge addresses themselves, and allow
loopback alone; names are looked up as ever.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from gzip import compress
from ipaddress import ip_network

import pytest
import trustme
from stepping import until

from openviper.core.email import fetch
from openviper.core.email._attaching import places
from openviper.core.email._attaching.deadlines import Deadline
from openviper.core.email._attaching.networks import is_public
from openviper.core.email._attaching.pinned import Pinned
from openviper.core.email.errors import AttachmentError
from openviper.core.email.fetch import FetchLimits

LIMIT = 1_000_000
# For several hosts: 127.0.0.2 and others.
EVERYWHERE = "0.0.0.0"
OK = b"HTTP/1.1 200 OK\r\n"
GOOD = OK + b"Content-Length: 4\r\n\r\na,b\n"

lookups: list[str] = []


def note_lookups(event, args):
    if event == "socket.getaddrinfo":
        lookups.append(args[0])


sys.addaudithook(note_lookups)


class Server:
    """A server that says the same to everybody, and keeps what it was asked."""

    def __init__(self, answer, tls=None, on="127.0.0.1"):
        self.on = on
        self.answer, self.tls, self.requests, self.names = answer, tls, [], []
        self.at_once = self.most_at_once = self.ended = 0
        self.asked, self.left = asyncio.Event(), asyncio.Event()

    async def __aenter__(self):
        if self.tls:
            self.tls.sni_callback = lambda connection, name, context: self.names.append(name)
        self._server = await asyncio.start_server(self._serve, self.on, 0, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *exc):
        self._server.close()
        await self._server.wait_closed()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            if task.get_coro().__qualname__ == "Server._serve":
                with contextlib.suppress(asyncio.CancelledError):
                    task.cancel()
                    await task

    async def _serve(self, reader, writer):
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        try:
            self.requests.append(await reader.readuntil(b"\r\n\r\n"))
            self.asked.set()
            if callable(self.answer):
                await self.answer(reader, writer)
            else:
                writer.write(self.answer)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.at_once -= 1
            self.ended += 1
            self.left.set()
            writer.close()
            with contextlib.suppress(ConnectionError, ssl.SSLError):
                await writer.wait_closed()


def only(*nets):
    """Return what allows the addresses of some networks, and of no other."""
    allowed = [ip_network(net) for net in nets]
    return lambda address: any(address in net for net in allowed)


LOOPBACK = only("127.0.0.0/8", "::1/128")


@pytest.fixture
def trusted(authority, monkeypatch):
    """The tests' authority is one of the system's."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.cafile))
    fetch._tls_context.cache_clear()
    yield authority
    fetch._tls_context.cache_clear()


def limits_of(ports, size=LIMIT, timeout=10.0):
    return FetchLimits(schemes={"http", "https"}, ports=ports, size=size, deadline=Deadline(timeout))


def get(server, path="/data.csv", *, host="localhost", scheme="http", judge=LOOPBACK, **limits):
    return fetch.fetch(f"{scheme}://{host}:{server.port}{path}", limits_of({server.port}, **limits), judge=judge)


async def refused(server, match, path="/data.csv?token=secret", **options):
    """Fetch something that is refused, within the time that it has."""
    async with asyncio.timeout(20):
        with pytest.raises(AttachmentError, match=match) as found:
            await get(server, path, **options)
    assert "secret" not in str(found.value)
    assert len(str(found.value)) < 800
    return str(found.value)


async def test_the_content_comes_with_a_name():
    """The bytes as they are, named after the last part of the path."""
    async with Server(GOOD) as server:
        fetched = await get(server, "/a/gr%C3%B6%C3%9Fe.csv?x=1")
    assert (fetched.filename, fetched.content) == ("größe.csv", b"a,b\n")


async def test_the_request_is_for_the_name():
    """Host is that of the URL, nothing encoded is asked for, and nothing tells who asks."""
    async with Server(GOOD) as server:
        await get(server, "/a b.csv".replace(" ", "%20") + "?q=ü|#part")
    (request,) = server.requests
    line, *headers = request.decode().split("\r\n")
    assert line == "GET /a%20b.csv?q=%C3%BC%7C HTTP/1.1"
    assert dict(header.split(": ") for header in headers if header) == {
        "Host": f"localhost:{server.port}",
        "User-Agent": "openviper-email",
        "Accept": "*/*",
        "Accept-Encoding": "identity",
        "Connection": "close",
    }


@pytest.mark.parametrize(
    ("headers", "path", "name"),
    [
        (b'Content-Disposition: attachment; filename="report.csv"\r\n', "/x", "report.csv"),
        (b"Content-Disposition: attachment; filename*=UTF-8''%e2%82%ac.csv\r\n", "/x", "€.csv"),
        (b'Content-Disposition: attachment; filename="../../etc/passwd"\r\n', "/x", "passwd"),
        (b"Content-Disposition: attachment; filename*=UTF-8''a%0D%0ABcc:%20x\r\n", "/x", "aBcc: x"),
        (b'Content-Disposition: attachment; filename=".."\r\n', "/x.csv", "x.csv"),
        (b"Content-Disposition: inline\r\n", "/x.csv", "x.csv"),
        (b"", "/..%2F..%2Fpasswd", "passwd"),
        (b"", "/a%00b%0D.csv", "ab.csv"),
        (b"", "/", None),
        (b"", "/..", None),
    ],
)
async def test_the_name_is_made_to_fit(headers, path, name):
    """The server's name, else that of the path; without folders and controls."""
    async with Server(OK + headers + b"Content-Length: 1\r\n\r\nx") as server:
        assert (await get(server, path)).filename == name


@pytest.mark.parametrize(
    "answer",
    [
        OK + b"Content-Length: 4\r\n\r\na,b\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n3;x=y\r\n,b\n\r\n0\r\nX-Trailer: 1\r\n\r\n",
        OK + b"\r\na,b\n",
        b"HTTP/1.0 200 OK\r\n\r\na,b\n",
        b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + GOOD,
        OK + b"Content-Encoding: identity\r\nContent-Length: 4\r\n\r\na,b\n",
        OK + b"Content-Length: 4\r\n\r\na,b\nand more of which nobody spoke",
    ],
)
async def test_an_answer_may_have_any_framing(answer):
    """With a length, in chunks, up to the end of the connection, and after hints."""
    async with Server(answer) as server:
        assert (await get(server)).content == b"a,b\n"


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 305, 307, 308, 399])
async def test_a_redirect_is_refused(status):
    """Nobody goes where it leads, be it a public host or not; the sentence says where, without secrets."""
    async with Server(GOOD) as other:
        answer = b"HTTP/1.1 %d X\r\nLocation: http://u:secret@localhost:%d/b?secret\r\nContent-Length: 0\r\n\r\n"
        async with Server(answer % (status, other.port)) as server:
            message = await refused(server, rf"redirect \({status}\)")
        assert other.requests == []
    assert f"localhost:{other.port}/b" in message


@pytest.mark.parametrize("status", [201, 202, 203, 204, 205, 206, 400, 401, 404, 407, 500, 503, 599])
async def test_only_200_is_an_answer(status):
    """Neither an error page nor a part of the file is attached."""
    async with Server(b"HTTP/1.1 %d X\r\nContent-Length: 0\r\n\r\n" % status) as server:
        await refused(server, f"the answer is {status}; expected 200")


@pytest.mark.parametrize("encoding", [b"gzip", b"br", b"deflate", b"zstd", b"identity, gzip", b"x-\xff\x1f"])
async def test_an_encoding_is_refused(encoding):
    """Nothing encoded was asked for, and nothing is decoded, however large it would become."""
    body = compress(b"x" * 1_000_000)
    async with Server(
        OK + b"Content-Encoding: %b\r\nContent-Length: %d\r\n\r\n%b" % (encoding, len(body), body)
    ) as server:
        await refused(server, "encoding|connection failed")


async def endless(reader, writer):
    """Send without ever coming to an end."""
    writer.write(OK + b"\r\n")
    while True:
        writer.write(b"x" * 65_536)
        await writer.drain()


async def endless_chunks(reader, writer):
    writer.write(OK + b"Transfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"1\r\nx\r\n" * 10_000)
        await writer.drain()


@pytest.mark.parametrize(
    "answer",
    [
        OK + b"Content-Length: 100001\r\n\r\n",
        OK + b"Content-Length: 99999999999999999999\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n186A1\r\n" + b"x" * 100_001,
        OK + b"\r\n" + b"x" * 100_001,
        endless,
        endless_chunks,
    ],
)
async def test_more_than_the_limit_is_refused(answer):
    """What is announced too large is not read, and what is not announced is read up to the limit."""
    async with Server(answer) as server:
        await refused(server, "MAX_ATTACHMENT_BYTES is 100000|connection failed: bad Content-Length", size=100_000)


async def test_as_much_as_the_limit_is_taken():
    """With a length, and without one."""
    for head in (b"Content-Length: 1000000\r\n\r\n", b"\r\n"):
        async with Server(OK + head + b"x" * LIMIT) as server:
            assert len((await get(server)).content) == LIMIT


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"220 mail.example ESMTP\r\n",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 200\r\n",
        b"HTTP/9.9 abc\r\n\r\n",
        b"\x16\x03\x01\0\xa5\1\0\0",
        b"\0" * 1_000,
        OK + b"Content-Length: 100\r\n\r\nshort",
        OK + b"Content-Length: -1\r\n\r\n",
        OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        OK + b"Content-Length: 1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab",
        OK + b"X: " + b"x" * 200_000 + b"\r\n\r\n",
        OK + b"X: 1\r\n" * 50_000 + b"\r\n",
        OK + b"Bad Header: 1\r\n\r\n",
        OK + b"X: a\0b\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n1;" + b"x" * 200_000 + b"\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n" + b"X: 1\r\n" * 50_000,
    ],
)
async def test_what_is_no_answer_is_refused(answer):
    """Other protocols, answers that are cut short or contradict themselves, and headers without end."""
    async with Server(answer) as server:
        await refused(server, "the connection failed")


async def nothing(reader, writer):
    await reader.read()


async def drips(reader, writer):
    writer.write(OK + b"Content-Length: 1000\r\n\r\n")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.02)


async def drips_headers(reader, writer):
    writer.write(OK)
    while True:
        writer.write(b"X: 1\r\n")
        await writer.drain()
        await asyncio.sleep(0.02)


async def hints(reader, writer):
    while True:
        writer.write(b"HTTP/1.1 103 Early Hints\r\n\r\n")
        await writer.drain()
        await asyncio.sleep(0.001)


@pytest.mark.parametrize("answer", [nothing, drips, drips_headers, hints])
async def test_there_is_one_deadline_for_everything(answer):
    """A server that never answers, or that always says a little, is left."""
    async with Server(answer) as server:
        await refused(server, "no complete answer came within 0.3 s", timeout=0.3)


async def test_the_deadline_holds_for_the_handshake_too(trusted):
    """A server that takes the connection and says nothing to TLS is left, and its connection closed."""
    async with Server(nothing) as server:
        await refused(server, "no complete answer", scheme="https", timeout=0.3)
        async with asyncio.timeout(10):
            await server.left.wait()


async def test_others_have_their_turn():
    """An answer in pieces of one byte, as many as there may be, does not hold up the loop."""
    async with Server(OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 10_000 + b"0\r\n\r\n") as server:
        task, turns = asyncio.ensure_future(get(server)), 0
        while not task.done():
            await asyncio.sleep(0)
            turns += bool(server.requests)
    assert len(task.result().content) == 10_000
    assert turns > 100


async def test_others_have_their_turn_before_the_answer(trusted):
    """Hints that come as fast as a connection takes them do not hold up the loop, with TLS neither."""
    for scheme, context in (("http", None), ("https", trusted.context("localhost"))):
        flood = b"HTTP/1.1 100 Continue\r\n\r\n" * 4_000
        async with Server(flood + GOOD, context) as server:
            task, turns = asyncio.ensure_future(get(server, scheme=scheme)), 0
            while not task.done():
                await asyncio.sleep(0)
                turns += bool(server.requests)
        assert task.result().content == b"a,b\n"
        assert turns > 40


async def test_hints_without_end_are_no_answer():
    """A server that says "continue" for longer than any head is, is left before the deadline."""

    async def continues(reader, writer):
        while True:
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n" * 1_000)
            await writer.drain()

    async with Server(continues) as server:
        await refused(server, "131072 bytes came, and no answer", timeout=30)


@pytest.mark.parametrize(("more", "is_taken"), [(0, True), (1, False)])
async def test_what_comes_before_the_content_has_a_limit(more, is_taken):
    """128 KiB of hints and head are read, and one byte more is not."""
    hint, head = b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", OK + b"Content-Length: 0\r\nX: \r\n\r\n"
    count = (131_072 - len(head)) // len(hint)
    padding = b"x" * (131_072 + more - len(head) - count * len(hint))
    async with Server(hint * count + head.replace(b"X: ", b"X: " + padding)) as server:
        if is_taken:
            assert (await get(server, timeout=30)).content == b""
        else:
            await refused(server, "131072 bytes came, and no answer", timeout=30)


async def slow(reader, writer):
    await asyncio.sleep(0.05)
    writer.write(GOOD)


async def test_three_are_fetched_at_once():
    """More of them wait for their turn, in one loop over all messages."""
    async with Server(slow, on=EVERYWHERE) as server:
        hosts = ("localhost", "127.0.0.1", "127.0.0.2", "127.0.0.3")
        fetched = await asyncio.gather(*(get(server, host=host) for host in hosts * 3))
    assert [each.content for each in fetched] == [b"a,b\n"] * 12
    assert server.most_at_once == 3


async def test_two_of_them_from_one_host():
    """Those of other hosts go before the others that wait for it."""
    async with Server(slow) as server, Server(nothing) as silent:
        waiting = [asyncio.ensure_future(refused(silent, "no complete answer|begun", timeout=1.5)) for _ in range(10)]
        await until(lambda: silent.at_once == 2)
        assert (await get(server, host="127.0.0.1")).content == b"a,b\n"
        assert not any(task.done() for task in waiting)
        await asyncio.gather(*waiting)
        assert silent.most_at_once == 2
        assert (await get(server)).content == b"a,b\n"


async def test_the_deadline_holds_for_waiting_and_fetching_together():
    """Who had to wait for a place has what is left of the time: this server is quick enough for one that had none."""

    async def late(reader, writer):
        await asyncio.sleep(0.8)
        writer.write(GOOD)

    async with Server(nothing, on=EVERYWHERE) as server, Server(late) as other:
        hosts = ("localhost", "localhost", "127.0.0.2")
        waiting = [
            asyncio.ensure_future(refused(server, "no complete answer", host=host, timeout=0.7)) for host in hosts
        ]
        await until(lambda: server.at_once == 3)
        await refused(other, "no complete answer came within 1.4 s", host="127.0.0.1", timeout=1.4)
        await asyncio.gather(*waiting)
        assert (await get(other, host="127.0.0.1", timeout=1.4)).content == b"a,b\n"


async def test_waiting_for_a_place_has_an_end():
    """Servers that never answer do not make others wait longer than they want to; then the places are free again."""
    async with Server(nothing, on=EVERYWHERE) as server, Server(GOOD) as other:
        hosts = ("localhost", "localhost", "127.0.0.2")
        waiting = [
            asyncio.ensure_future(refused(server, "no complete answer", host=host, timeout=1.5)) for host in hosts
        ]
        await until(lambda: server.at_once == 3)
        await refused(other, "could not be begun within 0.1 s: 3 others", timeout=0.1)
        await asyncio.gather(*waiting)
        assert (await get(other)).content == b"a,b\n"


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_cancelled_fetch_leaves_nothing_open(trusted, scheme):
    """The connection is closed, and its turn is free."""
    context = None if scheme == "http" else trusted.context("localhost")
    async with Server(drips, context) as server, asyncio.timeout(20):
        for _ in range(5):
            task = asyncio.ensure_future(get(server, scheme=scheme))
            await server.asked.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await server.left.wait()
            server.asked.clear()
            server.left.clear()
    assert server.ended == 5


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "LOCALHOST", "127.127.127.127"])
async def test_a_host_that_is_not_public_is_not_connected_to(host):
    """Neither by its name nor by its address; and the sentence for a name does not say its address."""
    async with Server(GOOD) as server:
        message = await refused(server, "public", host=host, judge=is_public)
    assert server.requests == []
    assert server.ended == 0
    assert "127.0.0.1" not in message.replace(f"http://{host}", "") or host == "127.0.0.1"


async def test_one_private_address_of_several_is_enough():
    """A name that leads to a public address and to another one is refused, whichever would be taken."""
    async with Server(GOOD) as server:
        await refused(server, "an address that is not public", judge=only("::1/128"))
    assert server.requests == []


@pytest.mark.parametrize("place", [0, 1, 3, 4, 7])
@pytest.mark.parametrize("private", ["10.0.0.5", "169.254.169.254", "fe80::1%lo", "fd00::1", "::ffff:127.0.0.1"])
async def test_one_private_address_among_many_refuses_the_name(monkeypatch, place, private):
    """Wherever it stands in the resolver's answer, also behind those that are tried; without it the name is good."""
    addresses = [f"127.0.0.{number}" for number in range(1, 9)]

    def answer(host, port, **options):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    async with Server(GOOD) as server:
        with monkeypatch.context() as patch:
            patch.setattr(socket, "getaddrinfo", answer)
            assert (await get(server, host="files.example")).content == b"a,b\n"
            addresses.insert(place, private)
            message = await refused(server, "an address that is not public", host="files.example")
    assert private not in message
    assert len(server.requests) == 1


async def test_a_name_is_looked_up_once():
    """What a second look-up would say (DNS rebinding) is never asked; a literal address is not looked up at all."""
    async with Server(GOOD) as server:
        lookups.clear()
        await get(server)
        assert lookups == ["localhost"]
        lookups.clear()
        await get(server, host="127.0.0.1")
        assert lookups == []


async def test_the_other_end_is_checked_again():
    """A connection that ends elsewhere than where it was meant to is not used: the system takes 0.0.0.0 for itself."""
    async with Server(GOOD) as server:
        await refused(server, "127.0.0.1 is not a public address", host=EVERYWHERE, judge=only("0.0.0.0/32"))
        both = only("0.0.0.0/32", "127.0.0.0/8")
        await refused(server, "has 127.0.0.1 at its other end", host=EVERYWHERE, judge=both)
        assert server.requests == []


async def test_another_address_is_tried():
    """Where one address of a host does not answer, the next of those that were checked is."""
    async with Server(GOOD) as server:
        for addresses in (["127.0.0.1"], ["127.0.0.2", "127.0.0.1"], ["::1", "127.0.0.3", "127.0.0.1"]):
            stream = await Pinned(addresses, LOOPBACK).connect_tcp("example.com", server.port)
            assert stream.get_extra_info("server_addr")[0] == "127.0.0.1"
            await stream.aclose()


async def test_a_host_that_does_not_listen_is_refused():
    """The sentence says which, and not more than the system does."""
    async with Server(GOOD) as server:
        pass
    await refused(server, "the connection failed")


async def test_a_name_that_is_not_there_is_refused():
    """RFC 6761: .invalid never is."""
    with pytest.raises(AttachmentError, match=r"cannot be looked up|no complete answer"):
        await fetch.fetch("http://nowhere.invalid/", limits_of({80}, timeout=15))


async def test_names_that_hang_keep_nothing_else_waiting(monkeypatch):
    """However many URLs of strangers have names that nobody answers for, there is a thread for everything else."""
    asked, end = [], threading.Event()

    def hang(host, *args, **options):
        asked.append(host)
        end.wait(10)
        raise socket.gaierror(socket.EAI_AGAIN, "it hung")

    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(4))
    with monkeypatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", hang)
        for n in range(0, 12, 3):
            urls = [f"http://slow{n + of}.example/x" for of in range(3)]
            fetching = [fetch.fetch(url, limits_of({80}, timeout=0.2)) for url in urls]
            for outcome in await asyncio.gather(*fetching, return_exceptions=True):
                assert "no complete answer came within 0.2 s" in str(outcome)
        assert len(asked) == 12
        async with asyncio.timeout(3):
            assert await asyncio.to_thread(lambda: "done") == "done"
        end.set()


async def test_the_environments_proxies_are_not_used(monkeypatch):
    """A proxy would look the name up itself, and connect to whatever it finds."""
    async with Server(GOOD) as server, Server(GOOD) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        await get(server)
        assert (len(server.requests), len(proxy.requests)) == (1, 0)


async def test_the_certificate_is_that_of_the_name(trusted):
    """The name is sent in the handshake and verified, though the connection goes to an address."""
    async with Server(GOOD, trusted.context("localhost")) as server:
        assert (await get(server, scheme="https")).content == b"a,b\n"
        assert server.names == ["localhost"]
        await refused(server, "IP address mismatch", scheme="https", host="127.0.0.1")


async def test_a_literal_address_may_have_a_certificate(trusted):
    """One that names the address."""
    async with Server(GOOD, trusted.context("127.0.0.1")) as server:
        assert (await get(server, scheme="https", host="127.0.0.1")).content == b"a,b\n"
        await refused(server, "Hostname mismatch", scheme="https")


async def test_a_certificate_that_nobody_vouches_for_is_refused(trusted):
    """Also with the right name in it; and a server without TLS is none for https."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("localhost").configure_cert(context)
    async with Server(GOOD, context) as server:
        await refused(server, "certificate verify failed", scheme="https")
        assert server.requests == []
    async with Server(GOOD) as server:
        await refused(server, "connection failed|no complete answer", scheme="https", timeout=1)


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_every_loop_serves(trusted, loop):
    """Also several of them, one after the other, as in tests; a closed one leaves nothing behind."""
    uvloop = pytest.importorskip("uvloop")
    factory = asyncio.new_event_loop if loop == "asyncio" else uvloop.new_event_loop

    async def main():
        async with Server(GOOD, trusted.context("localhost")) as server:
            fetched = await asyncio.gather(*(get(server, scheme="https") for _ in range(5)))
            await refused(server, "certificate|mismatch", scheme="https", host="127.0.0.1")
            assert [each.content for each in fetched] == [b"a,b\n"] * 5

    for _ in range(3):
        with asyncio.Runner(loop_factory=factory) as runner:
            runner.run(main())
    assert len(places._of_loops) <= 2


def test_an_http_client_is_loaded_by_urls_alone():
    """Attaching bytes and files needs neither it nor what reads addresses."""
    code = (
        "import asyncio, sys; from openviper.core.email import attachments as a; "
        "asyncio.run(a.resolve_attachments([b'x', ('a.csv', b'x'), a.AttachmentData('b.csv', b'x')])); "
        "print(sorted({'httpcore2', 'anyio', 'h11', 'idna', 'ipaddress', 'urllib.request'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


LOADED = """
import asyncio, sys, threading
from functools import partial
from ipaddress import ip_network
from openviper.core.email import attachments

class Noted:
    def find_spec(self, name, path=None, target=None):
        if threading.current_thread() is threading.main_thread():
            here.add(name)

async def main():
    async def answer(reader, writer):
        await reader.readuntil(b"\\r\\n\\r\\n")
        writer.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    attachments.ALLOWED_URL_PORTS = {port}
    sys.meta_path.insert(0, Noted())
    await attachments.resolve_attachments([f"http://127.0.0.1:{port}/a.csv"])
    server.close()

async def load_and_allow(deadline, load=attachments.load_client):
    await load(deadline)
    from openviper.core.email import fetch
    fetch.fetch = partial(fetch.fetch, judge=ip_network("127.0.0.0/8").__contains__)

here = set()
attachments.load_client = load_and_allow
asyncio.run(main())
heavy = ("httpcore2", "h11", "anyio._backends", "anyio._core._sockets", "openviper.core.email.fetch", "urllib.request")
print([name for name in sorted(here) if name.startswith(heavy)], "httpcore2" in sys.modules)
"""


def test_the_http_client_is_loaded_in_a_thread():
    """The first URL of a program does not hold up its event loop for as long as it takes to load what fetches it."""
    done = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "[] True\n"
