"""The list of kept mail, and deleting it, as HTML."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

from openviper._settings.email import EmailSettings
from openviper.conf import section
from openviper.core.email._inbox import store
from openviper.core.email._inbox.errors import NotFound
from openviper.core.email._inbox.rendering import render
from openviper.core.email._inbox.request import Request
from openviper.core.email._inbox.responses import Response, page_response, redirect
from openviper.core.email._sending.backend_kinds import backend_kind
from openviper.core.email._sending.mailer_settings import DEFAULT
from openviper.core.errors import ImproperlyConfigured

__all__ = ["ask_to_clear", "clear", "delete", "inbox_list"]

_CAPTURES = {
    "memory": "Whatever this process sends is kept here, instead of being sent, until it ends.",
    "file": "Whatever is sent is kept here, as files, instead of being sent.",
}


async def inbox_list(request: Request) -> Response:
    """Show a page of the list."""
    try:
        listing = await store.find(request.query.get("q", ""), request.page())
    except (OSError, ImproperlyConfigured) as error:
        listing = store.Listing(problem=str(error))
    backend = section(EmailSettings).EMAIL_BACKEND
    values: dict[str, Any] = {
        "here": "inbox",
        "words": request.query.get("q", ""),
        "watch": "1" if request.query.get("watch") else "",
        "listing": listing,
        "backend": backend,
        "captures": _captures(listing.mailers, backend),
    }
    return page_response(await asyncio.to_thread(render, "list.html", request.links, **values))


def _captures(mailers: tuple[str, ...], backend: str) -> str:
    """Say whose mail is kept; ``""``: nobody's."""
    if not mailers or DEFAULT in mailers:
        return _CAPTURES[backend_kind(backend) or ""] if mailers else ""
    others = ", ".join(map(repr, mailers))
    return (
        f"What the {'mailer' if len(mailers) == 1 else 'mailers'} {others} would send is kept here; other mail is not."
    )


async def ask_to_clear(request: Request) -> Response:
    """Ask whether so many messages are to be deleted."""
    listing = await store.find("", 1)
    if listing.newest is None:
        return redirect(request.links())
    values = {"here": "inbox", "listing": listing, "csrf": request.csrf()}
    return page_response(await asyncio.to_thread(render, "clear.html", request.links, **values))


async def clear(request: Request) -> Response:
    """Delete all messages; with ``?until=`` those that were kept up to then.

    Raises:
        NotFound: That is no time.
    """
    await store.clear(_until(request.query.get("until", "")))
    return redirect(request.links())


def _until(text: str) -> datetime | None:
    try:
        until = datetime.fromisoformat(text) if text else None
    except ValueError:
        until = None
    if text and (until is None or until.tzinfo is None):
        raise NotFound(f"until={text!r} is no time with a time zone; nothing was deleted. Open the list, and clear it.")
    return until


async def delete(request: Request) -> Response:
    """Delete one message.

    Raises:
        NotFound: There is no such message.
    """
    await store.remove(request.segments[1])
    return redirect(request.links())
