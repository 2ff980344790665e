"""Kept mail, of all that keep it together, read in threads."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import TypeAlias

from openviper.core.email._inbox.errors import NotFound
from openviper.core.email._inbox.message_view import Message, Row, read_message, row_of, summary_of
from openviper.core.email._inbox.stores import kept_stores
from openviper.core.email._sending.captured import CapturedMail

__all__ = ["Listing", "clear", "find", "get", "remove"]

#: Messages on a page of the list.
PAGE_SIZE = 50
#: How many messages a search goes back; a folder may have those of years.
MOST_SEARCHED = 500
# Of rows that are remembered.
_MOST_READ = 1_000

_Key: TypeAlias = tuple[datetime, str]
# Of messages that were read whole: kept mail does not change, and a list that is watched is asked for every 5 seconds.
_READ: dict[_Key, Row] = {}
_LOCK = Lock()


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of the list."""

    messages: tuple[Row, ...] = ()
    #: From 1.
    page: int = 1
    #: At least 1.
    pages: int = 1
    #: How many were found.
    total: int = 0
    #: How many there are, and among how many of the newest it was looked.
    kept: int = 0
    searched: int = 0
    #: When the newest was kept; ``None``: there is none.
    newest: datetime | None = None
    #: The mailers whose mail this is.
    mailers: tuple[str, ...] = ()
    #: Why that of other mailers is not; empty: all of it is.
    problem: str = ""


async def find(words: str, page: int) -> Listing:
    """Return a page of the messages whose addresses and subject have all of ``words``, newest first.

    Raises:
        OSError: The files cannot be read.
        ImproperlyConfigured: The settings cannot be used.
    """
    return await asyncio.to_thread(_find, words.casefold().split(), page)


async def get(id: str) -> Message:
    """Return one message.

    Raises:
        NotFound: There is none of that id.
    """
    return await asyncio.to_thread(_get, id)


async def remove(id: str) -> None:
    """Remove one message.

    Raises:
        NotFound: There is none of that id.
    """
    await asyncio.to_thread(_remove, id)


async def clear(until: datetime | None = None) -> None:
    """Remove all messages.

    Args:
        until: Those that were kept later stay; ``None``: none does.
    """
    await asyncio.to_thread(_clear, until)


def _find(words: list[str], page: int) -> Listing:
    stores = kept_stores()
    kept = _kept(stores.every)
    searched = kept[:MOST_SEARCHED] if words else kept
    found = [each for each in searched if _matches(*each, words)] if words else kept
    pages = max(1, -(-len(found) // PAGE_SIZE))
    page = min(page, pages)
    shown = found[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    newest = kept[0][0][0] if kept else None
    return Listing(
        tuple(_rows(shown)), page, pages, len(found), len(kept), len(searched), newest, stores.mailers, stores.problem
    )


def _kept(every: Sequence[CapturedMail]) -> list[tuple[_Key, CapturedMail]]:
    """Return the keys of all messages, newest first, each with where it is kept."""
    return sorted(((key, store) for store in every for key in store.kept()), key=lambda each: each[0], reverse=True)


def _matches(key: _Key, store: CapturedMail, words: list[str]) -> bool:
    head = store.head(key[1])
    return head is not None and summary_of(head).matches(words)


def _rows(kept: Sequence[tuple[_Key, CapturedMail]]) -> Iterator[Row]:
    for key, store in kept:
        row = _READ.get(key)
        if row is None:
            # One after another: a page of them may be more than the machine's memory.
            captured = store.get(key[1])
            if captured is None:
                continue
            row = row_of(read_message(captured))
            _remember(key, row)
        yield row


def _remember(key: _Key, row: Row) -> None:
    with _LOCK:
        _READ[key] = row
        if len(_READ) > _MOST_READ:
            del _READ[next(iter(_READ))]


def _get(id: str) -> Message:
    for store in kept_stores().every:
        captured = store.get(id)
        if captured is not None:
            return read_message(captured)
    raise NotFound("There is no such message any more: it was deleted, or the program that kept it has ended.")


def _remove(id: str) -> None:
    holding = [store for store in kept_stores().every if store.head(id) is not None]
    if not holding:
        raise NotFound("There is no such message any more: it was deleted before.")
    for store in holding:
        store.remove([id])


def _clear(until: datetime | None) -> None:
    for store in kept_stores().every:
        store.remove([id for received, id in store.kept() if until is None or received <= until])
