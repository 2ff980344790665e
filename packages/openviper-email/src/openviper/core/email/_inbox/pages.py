"""The pages of a message, as HTML."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

from openviper.core.email._inbox import store
from openviper.core.email._inbox.decoding import decoded_header, visible
from openviper.core.email._inbox.downloads import attachment_header, safe_name
from openviper.core.email._inbox.errors import NotFound
from openviper.core.email._inbox.html_body import frame_of, frame_problems, remote_count
from openviper.core.email._inbox.message_view import Message
from openviper.core.email._inbox.rendering import render
from openviper.core.email._inbox.request import Request
from openviper.core.email._inbox.responses import Response, file_response, frame_response, page_response
from openviper.core.email._inbox.text_links import text_runs

__all__ = ["attachment", "frame", "message", "shown_text", "source_file"]

# Of a text or a source in a page, in characters, and of headers and addresses.
_MAX_SHOWN = 256 * 1024
_MOST_RECIPIENTS = 100
_MAX_VALUE = 4096

_TABS = ("html", "text", "headers", "source", "attachments")


async def message(request: Request) -> Response:
    """Show a message: its html where it has one, else its text, or what the path asks for.

    Raises:
        NotFound: There is no such message, or it has no such page.
    """
    shown = await store.get(request.segments[1])
    tab = request.segments[2] if len(request.segments) > 2 else ("html" if shown.html else "text")
    if tab not in _TABS:
        raise NotFound("A message has no such page.")
    return page_response(await asyncio.to_thread(_message_page, request, shown, tab))


async def frame(request: Request) -> Response:
    """Send the html of a message, for the frame.

    Raises:
        NotFound: There is no such message.
    """
    shown = await store.get(request.segments[1])
    return await asyncio.to_thread(_frame, shown, bool(request.query.get("remote")))


async def source_file(request: Request) -> Response:
    """Send the whole message as a file.

    Raises:
        NotFound: There is no such message.
    """
    shown = await store.get(request.segments[1])
    name = safe_name(f"{shown.summary.subject[:80] or 'message'}.eml", "message.eml")
    return file_response(shown.captured.raw, attachment_header(name))


async def attachment(request: Request) -> Response:
    """Send an attachment as a file.

    Raises:
        NotFound: There is no such message, or it has no such attachment.
    """
    shown = await store.get(request.segments[1])
    wanted = request.segments[3]
    found = next((each for each in shown.attachments if str(each.number) == wanted), None)
    if found is None:
        raise NotFound("The message has no such attachment.")
    content = await asyncio.to_thread(found.content)
    return file_response(content, attachment_header(found.name))


def _frame(shown: Message, remote: bool) -> Response:
    html = shown.body(shown.html)[0] if shown.html else ""
    return frame_response(frame_of(html, shown.images()), remote=remote)


def _message_page(request: Request, shown: Message, tab: str) -> str:
    leaf, problems = _LEAVES[tab](request, shown)
    return render(
        f"message_{tab}.html",
        request.links,
        here="inbox",
        message=shown,
        people=_people(shown),
        tab=tab,
        tabs=_tabs(shown),
        csrf=request.csrf(),
        problems=[*shown.problems, *filter(None, problems)],
        **leaf,
    )


def _tabs(shown: Message) -> list[tuple[str, str, int | None]]:
    html: list[tuple[str, str, int | None]] = [("html", "HTML", None)] if shown.html else []
    return [
        *html,
        ("text", "Text", None),
        ("headers", "Headers", None),
        ("source", "Source", None),
        ("attachments", "Files", shown.files),
    ]


def _people(shown: Message) -> list[tuple[str, str]]:
    rows = [(label, shown.header(name)) for label, name in (("To", "to"), ("Cc", "cc"), ("Reply-To", "reply-to"))]
    return [(label, value) for label, value in [*rows, ("Bcc", _joined(shown.hidden_recipients))] if value]


def _joined(addresses: tuple[str, ...]) -> str:
    more = len(addresses) - _MOST_RECIPIENTS
    return ", ".join(addresses[:_MOST_RECIPIENTS]) + (f" and {more} more" if more > 0 else "")


_Leaf = tuple[dict[str, Any], list[str]]


def _html_leaf(request: Request, shown: Message) -> _Leaf:
    if shown.html is None:
        raise NotFound("The message has no html.")
    html, problem = shown.body(shown.html)
    remote = bool(request.query.get("remote"))
    links, id = request.links, shown.summary.id
    leaf = {
        "src": links("messages", id, "frame", remote="1" if remote else ""),
        "remote": remote,
        "remote_count": remote_count(html),
        "narrow": request.query.get("width") == "narrow",
        "self_link": partial(links, "messages", id, "html"),
    }
    return leaf, [problem, *frame_problems(html, shown.images())]


def _text_leaf(_request: Request, shown: Message) -> _Leaf:
    text, problem = shown.body(shown.text) if shown.text else ("", "")
    return {"runs": text_runs(shown_text(text))}, [problem, _cut(len(text))]


def _headers_leaf(_request: Request, shown: Message) -> _Leaf:
    recipients = shown.captured.envelope_recipients
    leaf = {
        "envelope_sender": visible(shown.captured.envelope_sender),
        "envelope_recipients": [visible(each) for each in recipients[:_MOST_RECIPIENTS]],
        "more_recipients": max(0, len(recipients) - _MOST_RECIPIENTS),
        "headers": [(name, visible(decoded_header(value))[:_MAX_VALUE]) for name, value in shown.root.headers],
        "parts": list(shown.parts()),
    }
    return leaf, []


def _source_leaf(_request: Request, shown: Message) -> _Leaf:
    raw = shown.captured.raw
    source = raw[:_MAX_SHOWN].decode("utf-8", "replace").replace("\r\n", "\n")
    return {"source": "\n".join(map(visible, source.split("\n")))}, [_cut(len(raw))]


def _attachments_leaf(_request: Request, _shown: Message) -> _Leaf:
    return {}, []


_LEAVES = {
    "html": _html_leaf,
    "text": _text_leaf,
    "headers": _headers_leaf,
    "source": _source_leaf,
    "attachments": _attachments_leaf,
}


def shown_text(text: str) -> str:
    """Return what a page shows of a text: its first 256 KiB, with one kind of line end and no NUL."""
    return text[:_MAX_SHOWN].replace("\r\n", "\n").replace("\0", "\ufffd")


def _cut(length: int) -> str:
    return "Only its first 256 KiB are shown; all of it is in the download." if length > _MAX_SHOWN else ""
