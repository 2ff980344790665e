"""Messages made of Jinja2 templates: ``welcome.md``, ``receipt.html``, ``alert.txt``.

::

    text, html = render_template_content("welcome.md", {"name": "Ada"})

A Markdown template makes both parts: what it renders is the text, with every value as it was typed, and its html has
the values as text too, whatever they say: a name such as ``[click](http://...)`` is shown as these characters.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import jinja2

from openviper._settings.email import EmailSettings
from openviper.conf import section
from openviper.core.email._css import inline_css
from openviper.core.email._environment import TemplateEnvironment, environment_for, template_folders
from openviper.core.email._markdown import html_document, markdown_html
from openviper.core.email._template_errors import explained
from openviper.core.email._template_names import check_template_name
from openviper.core.email.errors import TemplateError

__all__ = ["TemplateError", "render_template", "render_template_content"]

Content = tuple[str | None, str | None]


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
        untrusted: Others than the developers may edit it, as those that ``EMAIL_UNTRUSTED_TEMPLATES`` names.

    Returns:
        ``(text, html)``; ``None`` for what it does not make.

    Raises:
        TemplateError: Its name is refused, no folder has it, or it cannot be rendered: where, and why.
        ImproperlyConfigured: A setting needs an extra that is not installed.
    """
    suffix = check_template_name(template)
    settings = section(EmailSettings)
    untrusted = untrusted or any(fnmatchcase(template, each) for each in settings.EMAIL_UNTRUSTED_TEMPLATES)
    env = environment_for(template_folders(template_dir), suffix, sandboxed=untrusted)
    rendered = _rendered(env, template, dict(context or {}))
    if suffix == ".txt":
        return rendered, None
    text, html = None, rendered
    if suffix == ".md":
        text = env.marker.typed(rendered)
        html = html_document(markdown_html(env.marker.disguised(rendered)))
    return text, inline_css(html) if settings.EMAIL_INLINE_CSS else html


async def render_template(
    template: str,
    context: Mapping[str, Any] | None = None,
    template_dir: str | Path = "templates",
    *,
    untrusted: bool = False,
) -> Content:
    """Return what :func:`render_template_content` does, rendered in a thread."""
    return await asyncio.to_thread(render_template_content, template, context, template_dir, untrusted=untrusted)


def _rendered(env: TemplateEnvironment, name: str, context: dict[str, Any]) -> str:
    try:
        return env.get_template(name).render(context)
    except (jinja2.TemplateError, UnicodeDecodeError) as error:
        raise explained(error, name, context, env) from error
