"""Clients of a server that is soaked: each does one thing after the other until the time is up; prints JSON.

clients.py KIND COUNT PORT SECONDS
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from itertools import count
from secrets import token_hex
from typing import NamedTuple

from options import ORIGIN
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

__all__ = ["main"]

PATIENCE = 30
#: After so many a client takes a new connection, and comes from another address.
EXCHANGES = 50
EVIL = "https://evil.example"
#: The other half of these addresses is for websockets.
ADDRESSES = 65_536

#: Stand in requests for what is the client's own.
ADDRESS, SESSION, TOKEN = b"<address>", b"<session>", b"T" * 128
URLENCODED = (b"application/x-www-form-urlencoded", b"email=reader@example.org&note=" + b"x" * 4_000)
PART = b'--bound\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n'
PARTS = [(b"email", b"reader@example.org"), (b"csrfmiddlewaretoken", TOKEN), (b"note", b"x" * 4_000)]
MULTIPART = (b"multipart/form-data; boundary=bound", b"".join(PART % part for part in PARTS) + b"--bound--\r\n")
FORGED = (MULTIPART[0], MULTIPART[1].replace(TOKEN, b"F" * 128))


class Exchange(NamedTuple):
    """What a client sends, and what is the right answer."""

    text: bytes
    status: int
    #: Some of the answer's head.
    field: bytes = b""


def request(method, path, *headers, body=None, host="127.0.0.1"):
    lines = [f"{method} {path} HTTP/1.1", f"host: {host}", *headers]
    head = "\r\n".join(lines).encode() + b"\r\nx-forwarded-for: %b\r\ncookie: sessionid=%b" % (ADDRESS, SESSION)
    if body is None:
        return head + b"\r\n\r\n"
    kind, content = body
    return head + b"\r\ncontent-type: %b\r\ncontent-length: %d\r\n\r\n%b" % (kind, len(content), content)


PREFLIGHT = "access-control-request-method: PUT"
ALLOWED = b"access-control-allow-origin: " + ORIGIN.encode()
PAGE = request("GET", "/page")
#: In turns.
EXCHANGE = (
    Exchange(request("GET", "/hello"), 200),
    Exchange(request("GET", "/hello", f"origin: {ORIGIN}", "sec-fetch-site: cross-site"), 200, ALLOWED),
    Exchange(request("POST", "/form", "sec-fetch-site: same-origin", body=URLENCODED), 200),
    Exchange(request("POST", "/form", "sec-fetch-site: cross-site", f"origin: {EVIL}", body=URLENCODED), 403),
    Exchange(request("POST", "/form", body=MULTIPART), 200),
    Exchange(request("POST", "/form", body=FORGED), 403),
    Exchange(request("OPTIONS", "/form", f"origin: {ORIGIN}", PREFLIGHT), 204, ALLOWED),
    Exchange(request("GET", "/fail", f"origin: {ORIGIN}", "sec-fetch-site: cross-site"), 500, ALLOWED),
    Exchange(request("GET", "/nowhere"), 404),
    Exchange(request("GET", "/hello", host="evil.example"), 400),
)
#: Right after one another, by an address that was not here before: two are let through, and one more each 5 s.
SCARCE = [Exchange(request("GET", "/scarce"), 200)] * 2 + [Exchange(request("GET", "/scarce"), 429, b"retry-after: ")]


class Crowd:
    """Counts what its clients did and what went wrong, by kind."""

    def __init__(self, port, seconds):
        self.port = port
        self.deadline = time.monotonic() + seconds
        self.done = 0
        self.errors = Counter()
        self.visits = count()

    def over(self):
        return time.monotonic() > self.deadline

    async def run(self, kind, count):
        visit = {"http": self.ask, "websocket": self.talk}[kind]
        await asyncio.gather(*(self.keep(visit, number) for number in range(count)))

    async def keep(self, visit, number):
        # Not all at once: a server's queue of new connections is short.
        await asyncio.sleep(number / 500)
        while not self.over():
            try:
                await visit(number)
            except Exception as error:
                self.errors[f"{type(error).__name__}: {error}"[:120]] += 1
                await asyncio.sleep(0.1)

    def address(self, network):
        """The next one: after all of them, the first is forgotten."""
        return f"198.{network}.{'.'.join(map(str, divmod(next(self.visits) % ADDRESSES, 256)))}"

    async def ask(self, number):
        """Some requests through one connection, as the client of an address and with a session of its own."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        own = {ADDRESS: self.address(18).encode(), SESSION: token_hex(16).encode()}
        try:
            for exchange in SCARCE:
                await self.exchange(exchange, own, reader, writer)
            own[TOKEN] = await self.read_page(own, reader, writer)
            for turn in range(EXCHANGES):
                if self.over():
                    break
                await self.exchange(EXCHANGE[(number + turn) % len(EXCHANGE)], own, reader, writer)
        finally:
            writer.close()

    async def read_page(self, own, reader, writer):
        """Read a page with a form, see that its nonce is that of the policy, and return its token."""
        head, body = await self.exchange(Exchange(PAGE, 200, b"set-cookie: csrftoken="), own, reader, writer)
        nonce, token = (body.partition(name + b'="')[2].partition(b'"')[0] for name in (b"nonce", b"value"))
        self.count(b"'nonce-%b'" % nonce in head, "a page whose nonce is not in its policy")
        return token

    async def exchange(self, exchange, own, reader, writer):
        text, status, field = exchange
        for place, value in own.items():
            text = text.replace(place, value)
        writer.write(text)
        head, body = await asyncio.wait_for(answer(reader), PATIENCE)
        found = int(head.split(b" ", 2)[1])
        asked = text.partition(b" HTTP")[0].decode()
        problem = f"{found}, not {status}" if found != status else f"without {field.decode()!r}"
        self.count(found == status and field in head, f"{asked} answered {problem}")
        return head, body

    async def talk(self, number):
        """A handshake that has to be refused, and some messages through one that is not."""
        url = f"ws://127.0.0.1:{self.port}/echo"
        address = {"X-Forwarded-For": self.address(19)}
        options = {"additional_headers": address, "open_timeout": PATIENCE, "proxy": None}
        try:
            async with connect(url, origin=EVIL, **options):
                self.count(False, "a foreign origin got a websocket")
        except InvalidStatus as refusal:
            self.count(refusal.response.status_code == 403, f"refused with {refusal.response.status_code}, not 403")
        async with connect(url, origin=f"http://127.0.0.1:{self.port}", **options) as websocket:
            for turn in range(EXCHANGES):
                if self.over():
                    break
                text = f"{number} says {turn} " + "x" * (turn * 40)
                await websocket.send(text)
                heard = await asyncio.wait_for(websocket.recv(), PATIENCE)
                self.count(heard == text, "an echo of something else")

    def count(self, right, otherwise):
        self.done += 1
        if not right:
            self.errors[otherwise] += 1


async def answer(reader):
    """Read a response and return its head and body."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = head.lower().partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0]
    return head, await reader.readexactly(int(length or 0))


async def crowd(kind, count, port, seconds):
    people = Crowd(port, seconds)
    await people.run(kind, count)
    return {"done": people.done, "errors": dict(people.errors.most_common(20))}


def main():
    kind, count, port, seconds = sys.argv[1:]
    print(json.dumps(asyncio.run(crowd(kind, int(count), int(port), float(seconds)))))


if __name__ == "__main__":
    main()
