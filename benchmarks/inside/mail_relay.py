"""A TCP relay to a port of this machine that keeps every byte back for a while; prints its own port.

mail_relay.py PORT SECONDS

Nothing waits for anything else: however much is under way, each piece arrives SECONDS after it came.
"""

from __future__ import annotations

import asyncio
import selectors
import socket
import sys
from collections import deque

__all__ = ["main"]


class Side(asyncio.Protocol):
    """One of two ends; what it receives goes to the other."""

    def __init__(self, delay):
        self.loop = asyncio.get_running_loop()
        self.delay = delay
        self.other = None
        self.transport = None
        #: Received, and not yet sent; None: the end.
        self.kept = deque()

    def connection_made(self, transport):
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.transport = transport

    def data_received(self, data):
        self.keep(data)

    def connection_lost(self, error):
        self.keep(None)

    def keep(self, data):
        self.kept.append(data)
        self.loop.call_later(self.delay, self.pass_on)

    def pass_on(self):
        # The oldest, whoever's timer this is: two of the same moment come in any order.
        data = self.kept.popleft()
        if self.other is None or self.other.transport.is_closing():
            return
        if data is None:
            self.other.transport.close()
        else:
            self.other.transport.write(data)


class Front(Side):
    """The end of somebody who connects; the other one is opened then."""

    def __init__(self, delay, port):
        super().__init__(delay)
        self.port = port
        self.opening = None

    def connection_made(self, transport):
        super().connection_made(transport)
        transport.pause_reading()
        self.opening = self.loop.create_task(self.open())

    async def open(self):
        _, self.other = await self.loop.create_connection(lambda: Side(self.delay), "127.0.0.1", self.port)
        self.other.other = self
        self.transport.resume_reading()


async def serve(port, delay):
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Front(delay, port), "127.0.0.1", 0, backlog=128)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def main():
    port, delay = int(sys.argv[1]), float(sys.argv[2])
    # select(2) waits for microseconds, epoll for whole milliseconds.
    loop = asyncio.SelectorEventLoop(selectors.SelectSelector())
    loop.run_until_complete(serve(port, delay))


if __name__ == "__main__":
    main()
