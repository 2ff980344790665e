"""Questions to the resolver, which may hang: in threads of their own, that nobody waits for at the program's end.

``loop.getaddrinfo`` takes those of the default executor: a few servers whose names hang would keep all else from it,
and ``asyncio.run`` from ending.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from threading import Lock, Thread
from typing import Any, cast

__all__ = ["MOST_THREADS", "addresses", "fqdn"]

#: So many questions at a time.
MOST_THREADS = 32

_LOCK = Lock()
_asked: dict[Hashable, Future[Any]] = {}


async def addresses(host: str, port: int) -> list[tuple[Any, ...]]:
    """Return what ``socket.getaddrinfo`` has for a TCP connection.

    Raises:
        OSError: There is none, or too many other names hang.
    """
    found = await _answer(("addresses", host, port), lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    return cast("list[tuple[Any, ...]]", found)


async def fqdn() -> str:
    """Return this machine's name, as far as the resolver has a full one.

    Raises:
        OSError: Too many names hang.
    """
    return cast("str", await _answer(("fqdn",), socket.getfqdn))


async def _answer(key: Hashable, ask: Callable[[], object]) -> object:
    """Return the answer to a question; whoever asks the same meanwhile shares it."""
    with _LOCK:
        future = _asked.get(key)
        if future is None:
            if len(_asked) >= MOST_THREADS:
                raise OSError(f"{MOST_THREADS} other names are being looked up, and none has an answer yet")
            future = _asked[key] = Future()
            # Not to be cancelled by one who no longer waits: others may.
            future.set_running_or_notify_cancel()
            Thread(target=_run, args=(key, ask, future), name="openviper-email-lookup", daemon=True).start()
    return await asyncio.wrap_future(future)


def _run(key: Hashable, ask: Callable[[], object], future: Future[Any]) -> None:
    try:
        answer, error = ask(), None
    except BaseException as raised:
        answer, error = None, raised
    with _LOCK:
        del _asked[key]
    if error is None:
        future.set_result(answer)
    else:
        future.set_exception(error)
