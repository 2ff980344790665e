"""A template made into the parts of a message, here or in a process of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from markupsafe import Markup

from openviper.core.email._rendering.css import inline_css
from openviper.core.email._rendering.disguising import first_noncharacter
from openviper.core.email._rendering.environment import TemplateEnvironment, environment_for
from openviper.core.email._rendering.markdown import reveal_in_html
from openviper.core.email._rendering.template_errors import explained, is_of_template, where
from openviper.core.email.errors import TemplateError

__all__ = ["LAYOUT", "MAX_MARKDOWN_BYTES", "Content", "Rendering", "render"]

Content = tuple[str | None, str | None]

#: The template around the html of Markdown, where there is one; the html is its ``content``.
LAYOUT = "email_markdown.html"
#: What a Markdown template may render to; parsing takes some seconds for the worst of this size.
MAX_MARKDOWN_BYTES = 262_144

_DOCUMENT = (
    '<!DOCTYPE html>\n<html>\n<head>\n<meta charset="utf-8">\n'
    '<meta name="viewport" content="width=device-width, initial-scale=1">\n</head>\n'
    '<body style="font-family: sans-serif; line-height: 1.5">\n{}</body>\n</html>\n'
)


@dataclass(frozen=True, slots=True)
class Rendering:
    """What is rendered, and how."""

    name: str
    folders: tuple[Path, ...]
    context: dict[str, object] = field(repr=False)
    sandboxed: bool = False
    #: Look whether files have changed.
    auto_reload: bool = False
    inline_css: bool = False
    #: Patterns of templates that only the sandbox may load.
    untrusted: tuple[str, ...] = ()

    @property
    def suffix(self) -> str:
        """What it makes: ``.md``, ``.html`` or ``.txt``."""
        return f".{self.name.rpartition('.')[2]}"


def render(job: Rendering, to_html: Callable[[str], str]) -> Content:
    """Return the text and the html.

    Args:
        job: What is rendered.
        to_html: Makes html of Markdown, in which what came from values is disguised (see ``disguising``).

    Raises:
        TemplateError: No folder has it, or it cannot be rendered: where, and why.
    """
    env = _environment(job, job.suffix)
    if job.suffix == ".md":
        text, html = _markdown(job, env, to_html)
    else:
        text, html = None, _filled(env, job.name, job.context)
    if job.suffix == ".txt":
        return html, None
    return text, inline_css(html) if job.inline_css else html


def _markdown(job: Rendering, env: TemplateEnvironment, to_html: Callable[[str], str]) -> tuple[str, str]:
    with env.marker.drawn():
        rendered = _filled(env, job.name, job.context)
        if env.marker.is_encoded_in(rendered):
            raise TemplateError(
                f"template {job.name!r} encodes Markdown that one of its blocks or macros made; encode the value that "
                "it was made of"
            )
        text, disguised = env.marker.typed(rendered), env.marker.disguised(rendered)
    _check_characters(job.name, text)
    _check_size(job.name, text)
    return text, _laid_out(job, reveal_in_html(to_html(disguised)))


def _environment(job: Rendering, suffix: str) -> TemplateEnvironment:
    return environment_for(job.folders, suffix, job.sandboxed, job.auto_reload, job.untrusted)


def _filled(env: TemplateEnvironment, name: str, context: dict[str, object]) -> str:
    try:
        return env.get_template(name).render(context)
    except TemplateError:
        raise
    except Exception as error:
        if is_of_template(error):
            raise explained(error, name, context, env) from error
        # The program's own: a method that a template calls, a filter that was given the wrong type.
        error.add_note(f"{where(error, name, env)} was rendered then")
        raise


def _check_characters(name: str, text: str) -> None:
    char = first_noncharacter(text)
    if char:
        raise TemplateError(
            f"template {name!r} rendered U+{ord(char):04X}, a noncharacter of Unicode: take it out of the values; or "
            "show the text of a block or macro as a whole, where a loop takes it apart"
        )


def _check_size(name: str, text: str) -> None:
    size = len(text.encode("utf-8", "replace"))
    if size > MAX_MARKDOWN_BYTES:
        raise TemplateError(
            f"template {name!r} rendered {size} bytes of Markdown; expected at most {MAX_MARKDOWN_BYTES}"
        )


def _laid_out(job: Rendering, body: str) -> str:
    if not any((folder / LAYOUT).is_file() for folder in job.folders):
        return _DOCUMENT.format(body)
    return _filled(_environment(job, ".html"), LAYOUT, {**job.context, "content": Markup(body)})  # noqa: S704 - made here
