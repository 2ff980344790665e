"""The same as JSON, for tests and scripts."""

from __future__ import annotations

import asyncio
from typing import Any

from openviper.core.email._inbox import store
from openviper.core.email._inbox.decoding import decoded_header, visible
from openviper.core.email._inbox.message_view import Message, Row, row_of
from openviper.core.email._inbox.mime import Part
from openviper.core.email._inbox.rendering import Links
from openviper.core.email._inbox.request import Request
from openviper.core.email._inbox.responses import Response, json_response

__all__ = ["clear", "delete", "message", "messages"]

# Of a text, in characters.
_MAX_TEXT = 5 * 1024 * 1024


async def messages(request: Request) -> Response:
    """Send a page of the list; ``?q=`` and ``?page=`` as in the page.

    ``total`` is how many there are; with ``?q=`` how many were found among ``searched``, the newest.
    """
    found = await store.find(request.query.get("q", ""), request.page())
    return json_response(
        {
            "messages": [_row(each, request.links) for each in found.messages],
            "page": found.page,
            "pages": found.pages,
            "total": found.total,
            "searched": found.searched,
        }
    )


async def message(request: Request) -> Response:
    """Send one message."""
    shown = await store.get(request.segments[2])
    return await asyncio.to_thread(lambda: json_response(_whole(shown, request.links)))


async def clear(_request: Request) -> Response:
    """Delete all messages."""
    await store.clear()
    return json_response(None, 204)


async def delete(request: Request) -> Response:
    """Delete one message."""
    await store.remove(request.segments[2])
    return json_response(None, 204)


def _row(row: Row, links: Links) -> dict[str, Any]:
    summary = row.summary
    return {
        "id": summary.id,
        "received": summary.received.isoformat(),
        "from": summary.sender,
        "to": summary.to,
        "subject": summary.subject,
        "size": summary.size,
        "has_html": row.html,
        "has_text": row.text,
        "attachments": row.attachments,
        "url": links("api", "messages", summary.id),
    }


def _whole(message: Message, links: Links) -> dict[str, Any]:
    id = message.summary.id
    return {
        **_row(row_of(message), links),
        "envelope_sender": message.captured.envelope_sender,
        "envelope_recipients": list(message.captured.envelope_recipients),
        "headers": [[name, visible(decoded_header(value))] for name, value in message.root.headers],
        "text": _text(message, message.text),
        "html": _text(message, message.html),
        "attachments": [
            {
                "filename": each.name,
                "mimetype": each.content_type,
                "content_id": each.content_id or None,
                "size": each.size,
                "url": links("messages", id, "attachments", each.number),
            }
            for each in message.attachments
        ],
        "problems": list(message.problems),
        "source_url": links("messages", id, "message.eml"),
    }


def _text(message: Message, part: Part | None) -> str | None:
    return None if part is None else message.body(part)[0][:_MAX_TEXT]
