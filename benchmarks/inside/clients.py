"""Clients of a server that is soaked: each does one thing after the other until the time is up; prints JSON.

clients.py KIND COUNT PORT SECONDS
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter

from options import ORIGIN
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

__all__ = ["main"]

PATIENCE = 30
#: After so many a client takes a new connection.
EXCHANGES = 50
BODY = b"email=reader@example.org&note=" + b"x" * 4_000
EVIL = "https://evil.example"
#: Stands in each request for the address of the client that sends it.
ADDRESS = b"203.0.113.255"


def request(method, path, *headers, body=b"", host="127.0.0.1"):
    lines = [f"{method} {path} HTTP/1.1", f"host: {host}", f"x-forwarded-for: {ADDRESS.decode()}", *headers]
    if body:
        lines += ["content-type: application/x-www-form-urlencoded", f"content-length: {len(body)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


PREFLIGHT = "access-control-request-method: PUT"
#: What http clients send, and what is the right answer; ``None``: any but an error.
EXCHANGE = (
    (request("GET", "/hello"), 200),
    (request("GET", "/hello", f"origin: {ORIGIN}", "sec-fetch-site: cross-site"), 200),
    (request("POST", "/form", "sec-fetch-site: same-origin", body=BODY), 200),
    (request("POST", "/form", "sec-fetch-site: cross-site", f"origin: {EVIL}", body=BODY), 403),
    (request("OPTIONS", "/form", f"origin: {ORIGIN}", PREFLIGHT), None),
    (request("GET", "/nowhere"), 404),
    (request("GET", "/hello", host="evil.example"), 400),
)


class Crowd:
    """Counts what its clients did and what went wrong, by kind."""

    def __init__(self, port, seconds):
        self.port = port
        self.deadline = time.monotonic() + seconds
        self.done = 0
        self.errors = Counter()

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

    async def ask(self, number):
        """Some requests through one connection, as the client of an address of its own."""
        address = b"198.51.%d.%d" % divmod(number, 250)
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            for turn in range(EXCHANGES):
                if self.over():
                    break
                text, status = EXCHANGE[(number + turn) % len(EXCHANGE)]
                writer.write(text.replace(ADDRESS, address))
                found = await asyncio.wait_for(answer(reader), PATIENCE)
                self.count(found == status or (status is None and found < 300), f"answered {found}, not {status}")
        finally:
            writer.close()

    async def talk(self, number):
        """A handshake that has to be refused, and some messages through one that is not."""
        url = f"ws://127.0.0.1:{self.port}/echo"
        address = {"X-Forwarded-For": f"203.0.{number // 250}.{number % 250}"}
        options = {"additional_headers": address, "open_timeout": PATIENCE, "proxy": None}
        try:
            async with connect(url, origin=EVIL, **options):
                self.count(False, "a foreign origin got a websocket")
        except InvalidStatus as refusal:
            self.count(refusal.response.status_code == 403, f"refused with {refusal.response.status_code}, not 403")
        async with connect(url, **options) as websocket:
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
    """Read a response and return its status."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = head.lower().partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0]
    if length:
        await reader.readexactly(int(length))
    return int(head.split(b" ", 2)[1])


async def crowd(kind, count, port, seconds):
    people = Crowd(port, seconds)
    await people.run(kind, count)
    return {"done": people.done, "errors": dict(people.errors.most_common(20))}


def main():
    kind, count, port, seconds = sys.argv[1:]
    print(json.dumps(asyncio.run(crowd(kind, int(count), int(port), float(seconds)))))


if __name__ == "__main__":
    main()
