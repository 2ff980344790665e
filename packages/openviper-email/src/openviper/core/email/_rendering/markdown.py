"""Markdown to html: CommonMark with tables and strikethrough, and nothing that is html already."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from html import escape

from markdown_it import MarkdownIt
from markdown_it.common.normalize_url import normalizeLink
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.autolink import AUTOLINK_RE, EMAIL_RE
from markdown_it.token import Token

from openviper.core.email._rendering.disguising import BREAK, DISGUISED, has_disguised, revealed, without_values
from openviper.core.email.errors import TemplateError

__all__ = ["is_safe_link", "markdown_html", "refused_html", "refused_link", "reveal_in_html"]

_UNSAFE_SCHEMES = frozenset({"about", "blob", "data", "file", "filesystem", "javascript", "vbscript", "view-source"})
# Browsers skip these in addresses, before the scheme and in it.
_SKIPPED = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029]")
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):")
_MAX_AUTOLINK = 2_048
_SPOTS = re.compile(r"(?P<pre><pre\b.*?</pre>)|(?P<tag><[^>]*>)|(?P<text>[^<]+)", re.DOTALL)


def markdown_html(source: str) -> str:
    """Return the html of ``source``; in both, what came from values is disguised (see ``disguising``).

    Raises:
        TemplateError: It has html, or a link that runs a script.
    """
    parser = _parser()
    tokens = parser.parse(source)
    _refuse_html(tokens)
    rendered: str = parser.renderer.render(tokens, parser.options, {})
    return rendered


def is_safe_link(url: str) -> bool:
    """Tell whether a link or an image may have this address: not ``javascript:``, ``data:`` and their like."""
    scheme = _SCHEME.match(_SKIPPED.sub("", url).lower())
    return scheme is None or scheme[1] not in _UNSAFE_SCHEMES


def reveal_in_html(html: str) -> str:
    """Return ``html`` with what is disguised in it escaped; a line break becomes ``<br>``, but not in ``<pre>``."""
    if BREAK.search(html):
        # Only what a line break becomes depends on where it stands.
        html = _SPOTS.sub(_break_lines, html)
    return DISGUISED.sub(lambda run: escape(revealed(run[0])), html)


def refused_html(shown: str, place: str = "") -> TemplateError:
    """Return the error for html in Markdown."""
    return TemplateError(
        f"the template's Markdown has the html {shown!r:.100}{place}; expected Markdown alone: \\< for the sign, "
        "{# #} for comments, or a template that ends in .html"
    )


def refused_link(url: str) -> TemplateError:
    """Return the error for a link that is not safe."""
    return TemplateError(f"the template's Markdown has the link {url!r:.100}; expected https:, mailto: or tel:")


def _break_lines(match: re.Match[str]) -> str:
    becomes = "<br>\n" if match["text"] else "\n" if match["pre"] else " "
    return BREAK.sub(becomes, match[0])


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    # With "html" the parser recognizes html, so that it can be refused.
    parser = _Parser("commonmark", {"html": True, "xhtmlOut": False}).enable(["table", "strikethrough"])
    parser.inline.ruler.before("autolink", "value_autolink", _value_autolink)
    return parser


class _Parser(MarkdownIt):
    """Knows what came from values in the addresses of links."""

    def normalizeLink(self, url: str) -> str:  # noqa: N802 - its name
        typed = revealed(url).strip()
        # What a value says is only no link then, and the message is sent.
        if not is_safe_link(without_values(url)):
            raise refused_link(typed)
        return normalizeLink(typed)

    def validateLink(self, url: str) -> bool:  # noqa: N802 - its name
        return is_safe_link(url)


def _value_autolink(state: StateInline, silent: bool) -> bool:
    """Make a link of ``<{{ url }}>`` and ``<{{ address }}>``."""
    if state.src[state.pos] != "<":
        return False
    end = state.src.find(">", state.pos, min(state.posMax, state.pos + _MAX_AUTOLINK))
    written = state.src[state.pos + 1 : end]
    if end < 0 or "<" in written or not has_disguised(written):
        return False
    typed = revealed(written).strip()
    prefix = "" if AUTOLINK_RE.search(typed) else "mailto:" if EMAIL_RE.search(typed) else None
    if prefix is None or not is_safe_link(typed):
        return False
    if not silent:
        _push_link(state, normalizeLink(prefix + typed), typed)
    state.pos = end + 1
    return True


def _push_link(state: StateInline, url: str, label: str) -> None:
    state.push("link_open", "a", 1).attrs = {"href": url}
    state.push("text", "", 0).content = label
    state.push("link_close", "a", -1)


def _refuse_html(tokens: Sequence[Token], line: int = 0) -> None:
    for token in tokens:
        at = token.map[0] + 1 if token.map else line
        if token.type in ("html_block", "html_inline"):
            shown = revealed(token.content.strip().partition("\n")[0])
            raise refused_html(shown, f" in line {at} of what it rendered")
        if token.type in ("softbreak", "hardbreak"):
            line += 1
        _refuse_html(token.children or (), at)
