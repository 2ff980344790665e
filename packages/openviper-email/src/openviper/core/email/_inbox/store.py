"""The mail that the default mailer keeps, read in threads."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import TypeAlias

from openviper._settings.email import EmailSettings
from openviper.conf import ImproperlyConfigured, section
from openviper.core.email._inbox.errors import NotFound
from openviper.core.email._inbox.message_view import Message, Row, read_message, row_of, summary_of
from openviper.core.email._sending.captured import CapturedHead, CapturedMail
from openviper.core.email.backends.file import MailFolder
from openviper.core.email.backends.memory import outbox

__all__ = ["Listing", "clear", "find", "get", "kept_by"]

#: Messages on a page of the list.
PAGE_SIZE = 50
#: How many messages the list goes back; a folder may have those of years.
MOST_LISTED = 500

_Key: TypeAlias = tuple[str, datetime, int]
# Of messages that were read whole: kept mail does not change, and a list that is watched is asked for every 5 seconds.
_READ: dict[_Key, Row] = {}
_LOCK = Lock()


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of the list."""

    messages: tuple[Row, ...]
    #: From 1.
    page: int
    #: At least 1.
    pages: int
    #: How many were found.
    total: int
    #: Whether there is anything that could be cleared.
    kept: bool


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


async def clear() -> None:
    """Remove all messages."""
    store = kept_by()
    if store is not None:
        await asyncio.to_thread(store.clear)


def _find(words: list[str], page: int) -> Listing:
    store = kept_by()
    kept: Sequence[CapturedHead] = store.heads(MOST_LISTED) if store else ()
    found = [each for each in kept if not words or summary_of(each).matches(words)]
    pages = max(1, -(-len(found) // PAGE_SIZE))
    page = min(page, pages)
    shown = found[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    return Listing(tuple(_rows(store, shown)) if store else (), page, pages, len(found), bool(kept))


def _rows(store: CapturedMail, heads: Sequence[CapturedHead]) -> Iterator[Row]:
    for head in heads:
        key = head.id, head.received, head.size
        row = _READ.get(key)
        if row is None:
            # One after another: a page of them may be more than the machine's memory.
            captured = store.get(head.id)
            if captured is None:
                continue
            row = row_of(read_message(captured))
            _remember(key, row)
        yield row


def _remember(key: _Key, row: Row) -> None:
    with _LOCK:
        _READ[key] = row
        if len(_READ) > 2 * MOST_LISTED:
            del _READ[next(iter(_READ))]


def _get(id: str) -> Message:
    store = kept_by()
    captured = store.get(id) if store else None
    if captured is None:
        raise NotFound("There is no such message any more: it was cleared, or the program that kept it has ended.")
    return read_message(captured)


def kept_by() -> CapturedMail | None:
    """Return what the default mailer keeps its mail in; ``None``: it keeps none.

    Raises:
        ImproperlyConfigured: It is to be files, and there is no folder for them.
    """
    settings = section(EmailSettings)
    if settings.EMAIL_BACKEND == "memory":
        return outbox
    if settings.EMAIL_BACKEND != "file":
        return None
    if settings.EMAIL_FILE_PATH is None:
        raise ImproperlyConfigured("EMAIL_FILE_PATH is not set, and EMAIL_BACKEND='file' writes there; set a folder")
    return MailFolder(settings.EMAIL_FILE_PATH)
