"""The previews, as HTML."""

from __future__ import annotations

import asyncio
from functools import partial

from openviper.core.email._inbox.errors import NotFound
from openviper.core.email._inbox.html_body import frame_of, frame_problems, remote_count
from openviper.core.email._inbox.pages import shown_text
from openviper.core.email._inbox.rendered_preview import RenderedPreview, all_previews, render_preview
from openviper.core.email._inbox.rendering import render
from openviper.core.email._inbox.request import Request
from openviper.core.email._inbox.responses import Response, frame_response, page_response
from openviper.core.email._inbox.text_links import text_runs
from openviper.core.email._rendering.sample_contexts import templates_without_preview

__all__ = ["frame", "preview", "preview_list"]

_TABS = {"html": "HTML", "text": "Text", "context": "Context"}


async def preview_list(request: Request) -> Response:
    """List the previews of all apps."""
    loaded = await all_previews()
    others = await templates_without_preview(loaded)
    html = await asyncio.to_thread(render, "previews.html", request.links, here="previews", apps=loaded, others=others)
    return page_response(html)


async def preview(request: Request) -> Response:
    """Show a preview: its html, its text, or its context."""
    tab = request.segments[1]
    if tab not in (*_TABS, "show"):
        raise NotFound("A preview has no such page.")
    shown = await _rendered(request)
    if tab == "show" or (tab == "html" and shown.html is None):
        tab = "text" if shown.html is None else "html"
    return page_response(await asyncio.to_thread(_page, request, shown, tab))


async def frame(request: Request) -> Response:
    """Send the html of a preview, for the frame."""
    shown = await _rendered(request)
    return await asyncio.to_thread(_frame, shown, bool(request.query.get("remote")))


def _frame(shown: RenderedPreview, remote: bool) -> Response:
    return frame_response(frame_of(shown.html or "", shown.images), remote=remote)


async def _rendered(request: Request) -> RenderedPreview:
    return await render_preview(request.query.get("app", ""), request.query.get("name", ""))


def _page(request: Request, shown: RenderedPreview, tab: str) -> str:
    html = shown.html or ""
    links = partial(request.links, "previews", app=shown.app, name=shown.preview.name)
    remote = bool(request.query.get("remote"))
    return render(
        "preview.html",
        request.links,
        here="previews",
        shown=shown,
        preview=shown.preview,
        tab=tab,
        tabs=[(key, label, links(key)) for key, label in _TABS.items() if key != "html" or shown.html is not None],
        runs=text_runs(shown_text(shown.text or "")),
        problems=frame_problems(html, shown.images),
        src=links("frame", remote="1" if remote else ""),
        remote=remote,
        remote_count=remote_count(html),
        narrow=request.query.get("width") == "narrow",
        self_link=partial(links, "html"),
    )
