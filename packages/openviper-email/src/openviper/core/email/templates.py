"""Messages made of Jinja2 templates: ``welcome.md``, ``receipt.html``, ``alert.txt``.

::

    text, html = render_template_content("welcome.md", {"name": "Ada"})

A Markdown template makes both parts: what it renders is the text, with every value as it was typed, and its html has
the values as text too, whatever they say: a name such as ``[click](http://...)`` is shown as these characters.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, cast

from openviper._settings.email import EmailSettings
from openviper.conf import ImproperlyConfigured, section, settings
from openviper.core.email._rendering.environment import template_folders
from openviper.core.email._rendering.markdown import markdown_html
from openviper.core.email._rendering.plain_data import plain_data
from openviper.core.email._rendering.process import Work, in_process
from openviper.core.email._rendering.rendering import Content, Rendering, render
from openviper.core.email._rendering.template_names import check_template_name
from openviper.core.email._rendering.turns import Turn, turn_for
from openviper.core.email._rendering.untrusted_names import is_untrusted
from openviper.core.email.errors import TemplateError
from openviper.core.imports import module_exists

__all__ = ["MAX_SECONDS", "TemplateError", "render_template", "render_template_content"]

#: How long an untrusted template, and Python-Markdown, may take, in seconds; less where EMAIL_TIMEOUT is.
MAX_SECONDS = 10.0


def render_template_content(
    template: str,
    context: Mapping[str, Any] | None = None,
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
            bounded memory, output and time; two at once, others wait as long again.

    Returns:
        ``(text, html)``; ``None`` for what it does not make.

    Raises:
        TemplateError: Its name is refused, no folder has it, or it cannot be rendered: where, and why.
        ImproperlyConfigured: A setting needs an extra that is not installed.
    """
    begun = _begun(template, context, template_dir, untrusted)
    return begun.result() if isinstance(begun, Turn) else begun


def _begun(
    template: str, context: Mapping[str, Any] | None, template_dir: str | Path, untrusted: bool
) -> Content | Turn:
    """Render, or put in the queue what needs a process of its own."""
    check_template_name(template)
    given = _checked({} if context is None else context)
    configured = section(EmailSettings)
    untrusted = untrusted or is_untrusted(template, configured.EMAIL_UNTRUSTED_TEMPLATES)
    job = Rendering(
        name=template,
        folders=template_folders(template_dir),
        context=plain_data(given) if untrusted else dict(given),
        sandboxed=untrusted,
        auto_reload=settings.DEBUG,
        inline_css=configured.EMAIL_INLINE_CSS,
        untrusted=configured.EMAIL_UNTRUSTED_TEMPLATES,
    )
    python_markdown = _needs_python_markdown(template, configured)
    seconds = min(MAX_SECONDS, configured.EMAIL_TIMEOUT)
    if untrusted:
        return turn_for(template, seconds, partial(in_process, Work(job, python_markdown, seconds)))
    if python_markdown:
        return turn_for(template, seconds, partial(render, job, partial(_python_markdown, seconds)))
    return render(job, markdown_html)


def _needs_python_markdown(template: str, configured: EmailSettings) -> bool:
    needed = template.endswith(".md") and configured.EMAIL_MARKDOWN == "markdown"
    if needed and not module_exists("markdown"):
        raise ImproperlyConfigured(
            "EMAIL_MARKDOWN='markdown' needs Markdown, which is not installed: pip install 'openviper-email[markdown]'"
        )
    return needed


def _python_markdown(seconds: float, source: str) -> str:
    return in_process(Work(source, True, seconds))[1] or ""


def _checked(context: object) -> Mapping[str, Any]:
    if not isinstance(context, Mapping):
        raise TemplateError(f"context is of type {type(context).__name__}; expected a mapping of names to values")
    given = cast("Mapping[object, Any]", context)
    for name in given:
        if not isinstance(name, str):
            raise TemplateError(f"context has {name!r:.100} of type {type(name).__name__} as a name; expected text")
    return cast("Mapping[str, Any]", given)


async def render_template(
    template: str,
    context: Mapping[str, Any] | None = None,
    template_dir: str | Path = "templates",
    *,
    untrusted: bool = False,
) -> Content:
    """Return what :func:`render_template_content` does, rendered in a thread or a process."""
    begun = await asyncio.to_thread(_begun, template, context, template_dir, untrusted)
    return await begun.awaited() if isinstance(begun, Turn) else begun
