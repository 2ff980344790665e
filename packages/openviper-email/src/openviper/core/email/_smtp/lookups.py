"""Questions to the resolver, which may hang: in threads of their own, that nobody waits for at the program's end.

``loop.getaddrinfo`` takes those of the default executor: a few servers whose names hang would keep all else from it,
and ``asyncio.run`` from ending.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from functools import lru_cache
from threading import Lock, Thread
from typing import Any, cast

from openviper.core.email._sending.forking import forget_in_child

__all__ = ["MOST_THREADS", "addresses", "fqdn"]

#: So many questions at a time.
MOST_THREADS = 32


class _Questions:
    """Those that have no answer yet."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.asked: dict[Hashable, Future[Any]] = {}


@lru_cache(maxsize=1)
def _questions() -> _Questions:
    """Return those of this process; in a forked one nobody would ever answer those of its parent."""
    forget_in_child(_questions.cache_clear)
    return _Questions()


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
    questions = _questions()
    with questions.lock:
        future = questions.asked.get(key)
        if future is None:
            if len(questions.asked) >= MOST_THREADS:
                raise OSError(f"{MOST_THREADS} other names are being looked up, and none has an answer yet")
            future = questions.asked[key] = Future()
            # Not to be cancelled by one who no longer waits: others may.
            future.set_running_or_notify_cancel()
            args = questions, key, ask, future
            Thread(target=_run, args=args, name="openviper-email-lookup", daemon=True).start()
    return await asyncio.wrap_future(future)


def _run(questions: _Questions, key: Hashable, ask: Callable[[], object], future: Future[Any]) -> None:
    try:
        answer, error = ask(), None
    except BaseException as raised:
        answer, error = None, raised
    with questions.lock:
        del questions.asked[key]
    if error is None:
        future.set_result(answer)
    else:
        future.set_exception(error)
