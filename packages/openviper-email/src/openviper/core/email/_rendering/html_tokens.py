"""HTML cut into tags and text, in time that grows with its length alone.

The standard library's parser takes minutes for some malformed pages on the Pythons that this package runs on (python/
cpython#135462). What is cut here is what mail has; the rules are those of the HTML standard, section 13.2.5, where it
matters for what a reader sees: what never ends hides the rest, as it does in a browser.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape

__all__ = ["Tag", "decoded", "html_tokens"]

#: Elements whose content is not markup, up to their own end tag.
_RAW = frozenset({"script", "style", "title", "textarea", "iframe", "xmp", "noembed", "noframes"})
_NAME = re.compile(r"/?([a-zA-Z][^\s/>]*)")
_QUOTED_END = re.compile(r"""[^"'>]*+(?:(?:"[^"]*+"|'[^']*+')[^"'>]*+)*>""")
_ATTRIBUTE = re.compile(r"""([^\s"'>/=]++)(?:\s*+=\s*+("[^"]*+"|'[^']*+'|[^\s"'>]++))?""")
# html.unescape() raises ValueError for more digits than int() takes.
_LONG_NUMBER = re.compile(r"&#[0-9]{8,};?")


@dataclass(frozen=True, slots=True)
class Tag:
    """A start tag, or the end tag of an element."""

    name: str
    is_end: bool
    #: What stands between the name and ``>``.
    body: str

    def attributes(self) -> dict[str, str]:
        """Return the attributes by lower-case name, decoded; the first of two with one name counts."""
        found: dict[str, str] = {}
        for match in _ATTRIBUTE.finditer(self.body):
            value = match[2] or ""
            found.setdefault(match[1].lower(), decoded(value[1:-1] if value[:1] in ('"', "'") else value))
        return found


def decoded(text: str) -> str:
    """Return ``text`` with its character references replaced."""
    return unescape(_LONG_NUMBER.sub("\ufffd", text)) if "&" in text else text


def html_tokens(html: str) -> Iterator[Tag | str]:
    """Yield the tags and the texts between them, decoded; comments, scripts and styles are left out."""
    return _Scanner(html).tokens()


class _Scanner:
    """A place in a page; each step goes forward, and a search that finds nothing is the last of its kind."""

    def __init__(self, html: str) -> None:
        self._html = html
        self._place = 0
        self._trusts_quotes = True

    def tokens(self) -> Iterator[Tag | str]:
        html = self._html
        while self._place < len(html):
            start = html.find("<", self._place)
            text = html[self._place :] if start < 0 else html[self._place : start]
            if text:
                yield decoded(text)
            if start < 0:
                return
            self._place = start + 1
            token = self._markup()
            if token is not None:
                yield token

    def _markup(self) -> Tag | str | None:
        html, place = self._html, self._place
        name = _NAME.match(html, place)
        if name is not None:
            return self._tag(name)
        if html.startswith("!--", place):
            # <!--> is a whole comment.
            self._skip_to("-->", place + 1)
        elif html.startswith(("!", "?", "/"), place):
            self._skip_to(">", place)
        else:
            return "<"
        return None

    def _tag(self, name: re.Match[str]) -> Tag | None:
        html = self._html
        found = _QUOTED_END.match(html, name.end()) if self._trusts_quotes else None
        if found is None:
            # A quote without its partner: to look for it again at each tag would take quadratic time.
            self._trusts_quotes = False
            end = html.find(">", name.end()) + 1
        else:
            end = found.end()
        if not end:
            self._place = len(html)
            return None
        self._place = end
        tag = Tag(name[1].lower(), html[name.start()] == "/", html[name.end() : end - 1])
        if tag.name in _RAW and not tag.is_end:
            self._skip_raw(tag.name)
            return None
        return tag

    def _skip_raw(self, name: str) -> None:
        found = re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE).search(self._html, self._place)
        self._place = len(self._html) if found is None else found.start()

    def _skip_to(self, end: str, start: int) -> None:
        found = self._html.find(end, start)
        self._place = len(self._html) if found < 0 else found + len(end)
