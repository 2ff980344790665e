"""Messages made of Jinja2 templates: ``welcome.md``, ``receipt.html``, ``alert.txt``.

::

    text, html = render_template_content("welcome.md", {"name": "Ada"})

A Markdown template makes both parts: what it renders is the text, with every value as it was typed, and its html has
the values as text too, whatever they say: a name such as ``[click](http://...)`` is shown as these characters.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from openviper.core.email._rendering.ending import Ending
from openviper.core.email.errors import TemplateError

if TYPE_CHECKING:
    from openviper.core.email._rendering.rendering import Content
    from openviper.core.email._rendering.turns import Turn

__all__ = ["TemplateError", "render_template", "render_template_content"]


def render_template_content(
    template: str,
    context: Mapping[str, object] | None = None,
    template_dir: str | Path = "templates",
    *,
    untrusted: bool = False,
) -> Content:
    """Return the text and the html that a template makes.

    Args:
        template: ``.md`` makes both, ``.html`` html alone (values escaped), ``.txt`` text alone (values as they are).
        context: The template's variables. A name that is used and not there is an error.
        template_dir: ``"templates"``: TEMPLATES_DIR, then the ``templates/`` of each installed app; anything else is
            searched alone.
        untrusted: Others than the developers may edit it, as those that ``EMAIL_UNTRUSTED_TEMPLATES`` names: it gets
            a copy of the context, which may have plain data alone, in Jinja2's sandbox, in a process of its own with
            bounded memory and output. It gets 10 seconds or ``EMAIL_TIMEOUT``, if that is less, in which it may have to
            wait: two are rendered at once.

    Returns:
        ``(text, html)``; ``None`` for what it does not make.

    Raises:
        TemplateError: Its name is refused, no folder has it, or it cannot be rendered: where, and why.
        ImproperlyConfigured: A setting needs an extra that is not installed.
    """
    begun = _begun(template, context, template_dir, untrusted, None)
    return begun if isinstance(begun, tuple) else begun.result()


async def render_template(
    template: str,
    context: Mapping[str, object] | None = None,
    template_dir: str | Path = "templates",
    *,
    untrusted: bool = False,
) -> Content:
    """Return what :func:`render_template_content` does, rendered in a thread or a process."""
    ending = Ending()
    try:
        begun = await asyncio.to_thread(_begun, template, context, template_dir, untrusted, ending)
        return begun if isinstance(begun, tuple) else await begun.awaited()
    finally:
        ending.end()


def _begun(
    template: str,
    context: Mapping[str, object] | None,
    template_dir: str | Path,
    untrusted: bool,
    ending: Ending | None,
) -> Content | Turn:
    # Jinja2 and Markdown take 0.1 s to load: not in the thread of an event loop.
    from openviper.core.email._rendering.beginning import begin  # noqa: PLC0415

    return begin(template, context, template_dir, untrusted, ending or Ending())
