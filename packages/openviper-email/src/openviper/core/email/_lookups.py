"""Questions to the resolver, which may hang: in threads of their own, that nobody waits for at the program's end.

``loop.getaddrinfo`` takes those of the default executor: a few servers whose names hang would keep all else from it,
and ``asyncio.run`` from ending.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from concurrent.futures import Future
from functools import lru_cache
from threading import Lock, Thread
from typing import Any, TypeAlias, cast

from openviper.core.email._sending.forking import forget_in_child

__all__ = ["MOST_STRANGERS", "MOST_THREADS", "addresses", "fqdn", "strangers_addresses"]

#: So many questions of a kind at a time.
MOST_THREADS = 32
#: Of names that others have chosen. Those that hang keep no mail from its server.
MOST_STRANGERS = 16

# The kind of a question, and what it is about.
_Key: TypeAlias = tuple[str | int, ...]


class _Questions:
    """Those that have no answer yet."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.asked: dict[_Key, Future[Any]] = {}


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
    return await _addresses("addresses", host, port, MOST_THREADS)


async def strangers_addresses(host: str, port: int) -> list[tuple[Any, ...]]:
    """Return what :func:`addresses` does, of a name that somebody else has chosen, as that in a URL.

    Raises:
        OSError: There is none, or too many other names of this kind hang.
    """
    return await _addresses("strangers", host, port, MOST_STRANGERS)


async def _addresses(kind: str, host: str, port: int, most: int) -> list[tuple[Any, ...]]:
    found = await _answer((kind, host, port), lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM), most)
    return cast("list[tuple[Any, ...]]", found)


async def fqdn() -> str:
    """Return this machine's name, as far as the resolver has a full one.

    Raises:
        OSError: Too many names hang.
    """
    return cast("str", await _answer(("fqdn",), socket.getfqdn, MOST_THREADS))


async def _answer(key: _Key, ask: Callable[[], object], most: int) -> object:
    """Return the answer to a question; whoever asks the same meanwhile shares it, and there are only so many a kind."""
    questions = _questions()
    with questions.lock:
        future = questions.asked.get(key)
        if future is None:
            if sum(other[0] == key[0] for other in questions.asked) >= most:
                raise OSError(f"{most} other names are being looked up, and none has an answer yet")
            future = questions.asked[key] = Future()
            # Not to be cancelled by one who no longer waits: others may.
            future.set_running_or_notify_cancel()
            args = questions, key, ask, future
            Thread(target=_run, args=args, name="openviper-email-lookup", daemon=True).start()
    return await asyncio.wrap_future(future)


def _run(questions: _Questions, key: _Key, ask: Callable[[], object], future: Future[Any]) -> None:
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
