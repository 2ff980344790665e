"""A TCP connection to a host that may have several addresses."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from typing import Any

from openviper.core.email._lookups import addresses

__all__ = ["cut", "open_socket"]

# An address that does not answer at all, as IPv6 in a network that only believes to have it, must not cost everything.
_SECONDS = 5.0


async def open_socket(host: str, port: int) -> socket.socket:
    """Return a connected socket, to the first address that answers.

    Each but the last has five seconds. Whoever waits for all of it sets the deadline.

    Raises:
        OSError: The name has no address, or none of them answers; the error of the first.
    """
    found = await addresses(host, port)
    failures: list[OSError] = []
    for index, (family, kind, protocol, _, address) in enumerate(found):
        is_last = index == len(found) - 1
        try:
            async with asyncio.timeout(None if is_last else _SECONDS):
                return await _connected(family, kind, protocol, address)
        except OSError as error:
            # TimeoutError is one.
            failures.append(error)
    raise failures[0]


async def _connected(family: int, kind: int, protocol: int, address: Any) -> socket.socket:
    made = socket.socket(family, kind, protocol)
    try:
        made.setblocking(False)
        await asyncio.get_running_loop().sock_connect(made, address)
    except BaseException:
        made.close()
        raise
    return made


def cut(connected: socket.socket) -> None:
    """End a connection whose socket somebody else closes: he hears of the end."""
    with suppress(OSError):
        connected.shutdown(socket.SHUT_RDWR)
