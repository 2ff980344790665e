"""A template rendered here, or put in the queue of what needs a process of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import cast

from openviper._settings.email import EmailSettings
from openviper.conf import ImproperlyConfigured, section, settings
from openviper.core.email._rendering.ending import Ending
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

__all__ = ["MAX_SECONDS", "begin"]

#: How long an untrusted template, and Python-Markdown, may take, in seconds; less where EMAIL_TIMEOUT is.
MAX_SECONDS = 10.0


def begin(
    template: str, context: Mapping[str, object] | None, template_dir: str | Path, untrusted: bool, ending: Ending
) -> Content | Turn:
    """Render, or put in the queue what needs a process of its own, which ``ending`` ends.

    The other arguments are those of ``render_template_content``.

    Raises:
        TemplateError: Its name is refused, no folder has it, or it cannot be rendered.
        ImproperlyConfigured: A setting needs an extra that is not installed.
    """
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
    process = partial(in_process, deadline=time.monotonic() + seconds, ending=ending)
    if untrusted:
        return turn_for(template, seconds, partial(process, Work(job, python_markdown, seconds)), ending)
    if python_markdown:
        return turn_for(template, seconds, partial(render, job, partial(_python_markdown, process, seconds)), ending)
    return render(job, markdown_html)


def _needs_python_markdown(template: str, configured: EmailSettings) -> bool:
    needed = template.endswith(".md") and configured.EMAIL_MARKDOWN == "markdown"
    if needed and not module_exists("markdown"):
        raise ImproperlyConfigured(
            "EMAIL_MARKDOWN='markdown' needs Markdown, which is not installed: pip install 'openviper-email[markdown]'"
        )
    return needed


def _python_markdown(process: Callable[[Work], Content], seconds: float, source: str) -> str:
    return process(Work(source, True, seconds))[1] or ""


def _checked(context: object) -> Mapping[str, object]:
    if not isinstance(context, Mapping):
        raise TemplateError(f"context is of type {type(context).__name__}; expected a mapping of names to values")
    given = cast("Mapping[object, object]", context)
    for name in given:
        if not isinstance(name, str):
            raise TemplateError(f"context has {name!r:.100} of type {type(name).__name__} as a name; expected text")
    return cast("Mapping[str, object]", given)
