"""A preview as it would be sent: its template rendered with its context."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from openviper.core.email._inbox.decoding import visible
from openviper.core.email._inbox.errors import NotFound
from openviper.core.email._inbox.html_body import Image
from openviper.core.email._rendering.sample_contexts import context_of, templates_without_preview
from openviper.core.email.previews import AppPreviews, Preview, load_previews

__all__ = ["RenderedPreview", "all_previews", "render_preview"]

# For one preview, in seconds, with whatever its context asks for.
_DEADLINE = 15.0
# Of a variable, in characters.
_MOST_SHOWN = 2_000


@dataclass(frozen=True, slots=True)
class RenderedPreview:
    """What a preview makes."""

    app: str
    preview: Preview
    text: str | None = None
    html: str | None = None
    #: Name and value of each variable, as they can be read.
    variables: tuple[tuple[str, str], ...] = ()
    images: Mapping[str, Image] = field(default_factory=dict[str, Image])
    #: Why there is neither; empty: there is.
    error: str = ""


async def all_previews() -> list[AppPreviews]:
    """Return the previews of the installed apps."""
    return await asyncio.to_thread(load_previews)


async def render_preview(app: str, name: str) -> RenderedPreview:
    """Render one of them, or a template that has none.

    Raises:
        NotFound: There is neither.
    """
    preview = await _found(app, name)
    try:
        async with asyncio.timeout(_DEADLINE):
            return await _rendered(app, preview)
    except TimeoutError:
        return RenderedPreview(app, preview, error=f"It took more than {_DEADLINE:.0f} s.")
    except Exception as error:
        return RenderedPreview(app, preview, error=_sentence(error))


async def _found(app: str, name: str) -> Preview:
    loaded = await all_previews()
    found = (each for one in loaded if one.app == app for each in one.previews if each.name == name)
    preview = next(found, None)
    if preview is None and not app and name in await templates_without_preview(loaded):
        return Preview(name)
    if preview is None:
        raise NotFound("There is no such preview, or it cannot be loaded any more.")
    return preview


async def _rendered(app: str, preview: Preview) -> RenderedPreview:
    from openviper.core.email._rendering.html_text import text_from_html  # noqa: PLC0415 - as the next
    from openviper.core.email.templates import render_template  # noqa: PLC0415 - the list needs no Markdown

    context = await context_of(preview)
    text, html = await render_template(preview.template, context)
    if text is None and html is not None:
        text = await asyncio.to_thread(text_from_html, html)
    images = {
        each.content_id: Image(each.mimetype or "", partial(len, each.content), partial(bytes, each.content))
        for each in preview.attachments
        if each.content_id
    }
    variables = tuple((visible(str(key)), _shown(value)) for key, value in context.items())
    return RenderedPreview(app, preview, text, html, variables, images)


def _shown(value: object) -> str:
    try:
        return visible(repr(value)[:_MOST_SHOWN])
    except Exception as error:
        return f"<{type(value).__name__}, whose repr raised {type(error).__name__}>"


def _sentence(error: Exception) -> str:
    notes = "".join(f"\n{note}" for note in getattr(error, "__notes__", ()))
    return f"{type(error).__name__}: {error}{notes}"[:10_000]
