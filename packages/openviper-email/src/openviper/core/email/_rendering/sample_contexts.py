"""What templates are looked at with, by the page and by the commands."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

from openviper.core.email._building.characters import quoted
from openviper.core.email._rendering.template_names import SUFFIXES

if TYPE_CHECKING:
    from openviper.core.email.previews import AppPreviews, Preview

__all__ = ["context_of", "templates_without_preview"]

# Of files that are looked at.
_MOST_TEMPLATES = 500


async def context_of(preview: Preview) -> dict[str, Any]:
    """Return the variables of a preview; a function that makes them is called in a thread, or awaited.

    Raises:
        TypeError: They are no mapping.
        Exception: What the function raised.
    """
    made: object = preview.context
    if callable(made):
        # It may ask a database, and wait for it.
        made = made() if inspect.iscoroutinefunction(made) else await asyncio.to_thread(made)
        if inspect.isawaitable(made):
            made = await made
    if not isinstance(made, Mapping):
        raise TypeError(f"the context of {quoted(preview.name)} returned {quoted(made)}; expected a mapping")
    return dict(cast("Mapping[str, Any]", made))


async def templates_without_preview(loaded: list[AppPreviews]) -> list[str]:
    """Return the templates that no preview names, those in Markdown first: they are surely mail, the others may be."""
    named = {preview.template for app in loaded for preview in app.previews}
    return [each for each in await asyncio.to_thread(_templates) if each not in named]


def _templates() -> list[str]:
    from openviper.core.email._rendering.environment import template_folders  # noqa: PLC0415 - a context needs no Jinja2
    from openviper.core.email._rendering.rendering import LAYOUT  # noqa: PLC0415

    found: dict[str, None] = {}
    for suffix in SUFFIXES:
        for folder in template_folders("templates"):
            paths = (path.relative_to(folder).as_posix() for path in folder.rglob(f"*{suffix}"))
            found.update(dict.fromkeys(islice(paths, _MOST_TEMPLATES)))
    # It is what stands around another template.
    found.pop(LAYOUT, None)
    return sorted(found, key=lambda name: (SUFFIXES.index(f".{name.rpartition('.')[2]}"), name))[:_MOST_TEMPLATES]
