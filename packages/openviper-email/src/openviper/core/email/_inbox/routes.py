"""Which request is answered by which function."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from openviper.core.email._inbox import api, list_pages, pages, preview_pages
from openviper.core.email._inbox.rendering import asset
from openviper.core.email._inbox.request import Request
from openviper.core.email._inbox.responses import Response, file_response

__all__ = ["Handler", "handlers_of"]

Handler: TypeAlias = Callable[[Request], Awaitable[Response]]


async def style(_request: Request) -> Response:
    """Send the style sheet."""
    return file_response(asset("inbox.css"), None, b"text/css; charset=utf-8")


async def icon(_request: Request) -> Response:
    """Send the icon."""
    return file_response(asset("icon.svg"), None, b"image/svg+xml")


#: By the segments of the path; ``*`` is any one.
_ROUTES: dict[tuple[str, ...], dict[str, Handler]] = {
    (): {"GET": list_pages.inbox_list},
    ("inbox.css",): {"GET": style},
    ("icon.svg",): {"GET": icon},
    ("clear",): {"GET": list_pages.ask_to_clear, "POST": list_pages.clear},
    ("messages", "*"): {"GET": pages.message},
    ("messages", "*", "frame"): {"GET": pages.frame},
    ("messages", "*", "message.eml"): {"GET": pages.source_file},
    ("messages", "*", "delete"): {"POST": list_pages.delete},
    ("messages", "*", "*"): {"GET": pages.message},
    ("messages", "*", "attachments", "*"): {"GET": pages.attachment},
    ("previews",): {"GET": preview_pages.preview_list},
    ("previews", "frame"): {"GET": preview_pages.frame},
    ("previews", "*"): {"GET": preview_pages.preview},
    ("api", "messages"): {"GET": api.messages, "DELETE": api.clear},
    ("api", "messages", "*"): {"GET": api.message, "DELETE": api.delete},
}


def handlers_of(segments: tuple[str, ...]) -> dict[str, Handler]:
    """Return what answers a path, by method; empty: it is no page."""
    for route, handlers in _ROUTES.items():
        if len(route) == len(segments) and all(map(_fits, route, segments)):
            return handlers
    return {}


def _fits(expected: str, segment: str) -> bool:
    return expected in ("*", segment)
