"""Python-Markdown (extra ``markdown``), held to what ``markdown`` accepts.

It takes a minute and more for some texts of 20 kB, so that it runs only in a process that is ended at its deadline (see
``process``).
"""

from __future__ import annotations

import re
from html import unescape
from xml.etree.ElementTree import Element

from markdown import Markdown  # type: ignore[import-untyped]
from markdown.extensions import Extension  # type: ignore[import-untyped]
from markdown.inlinepatterns import InlineProcessor  # type: ignore[import-untyped]
from markdown.treeprocessors import Treeprocessor  # type: ignore[import-untyped]

from openviper.core.email._rendering.disguising import has_disguised, revealed, without_values
from openviper.core.email._rendering.html_tokens import Tag, html_tokens
from openviper.core.email._rendering.markdown import is_safe_link, refused_html, refused_link

__all__ = ["python_markdown_html"]

_ADDRESS = re.compile(r"[^@\s<>]+@[^@\s<>]+")


def python_markdown_html(source: str) -> str:
    """Return the html of ``source``; in both, what came from values is disguised (see ``disguising``).

    Raises:
        TemplateError: It has html, or a link that runs a script.
    """
    html = Markdown(extensions=["tables", "fenced_code", _Strict()], output_format="html").convert(source)
    for token in html_tokens(html):
        # Once more, as a browser reads it.
        if isinstance(token, Tag):
            _check(token)
    return f"{html}\n"


def _check(tag: Tag) -> None:
    for name, value in tag.attributes().items():
        if name.startswith("on"):
            raise refused_html(f"<{tag.name}{tag.body}>")
        if name in ("href", "src") and not is_safe_link(revealed(value)):
            raise refused_link(revealed(value))


class _Strict(Extension):  # type: ignore[misc]
    """No html, and values in the addresses of links."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - its name
        md.preprocessors.deregister("html_block")
        md.inlinePatterns.register(_RefuseHtml(r"<(?:/?[a-zA-Z]|[!?])[^<>]*>?", md), "html", 90)
        md.inlinePatterns.register(_ValueAutolink(r"<([^<>\s]{1,2048})>", md), "value_autolink", 125)
        md.treeprocessors.register(_Addresses(md), "addresses", 5)


class _RefuseHtml(InlineProcessor):  # type: ignore[misc]
    def handleMatch(self, m: re.Match[str], data: str) -> tuple[None, None, None]:  # noqa: N802
        raise refused_html(revealed(m[0]))


class _ValueAutolink(InlineProcessor):  # type: ignore[misc]
    """Make a link of ``<{{ url }}>`` and ``<{{ address }}>``."""

    def handleMatch(  # noqa: N802
        self, m: re.Match[str], data: str
    ) -> tuple[Element | None, int | None, int | None]:
        typed = revealed(m[1]).strip()
        is_url = re.match(r"https?://", typed, re.IGNORECASE) is not None
        if not has_disguised(m[1]) or not (is_url or _ADDRESS.fullmatch(typed)):
            return None, None, None
        link = Element("a", {"href": m[1] if is_url else f"mailto:{m[1]}"})
        link.text = m[1]
        return link, m.start(0), m.end(0)


class _Addresses(Treeprocessor):  # type: ignore[misc]
    """A link of the template that runs a script is refused; one that a value says is no link."""

    def run(self, root: Element) -> None:
        for element in root.iter():
            for name in ("href", "src"):
                url = unescape(element.get(name, ""))
                if not is_safe_link(without_values(url)):
                    raise refused_link(revealed(url))
                if not is_safe_link(revealed(url)):
                    del element.attrib[name]
