"""The text of an html message, for those who read mail as text."""

from __future__ import annotations

import re
from collections.abc import Callable

from openviper.core.email._rendering.hidden import HiddenElement
from openviper.core.email._rendering.html_tokens import Tag, html_tokens

__all__ = ["text_from_html"]

_SPACE = re.compile(r"[ \t\n\r\f]+")
#: Deeper lists and quotes are shown at this depth, so that the text stays as long as the html at most a few times.
_MAX_DEPTH = 6
#: How many empty lines stand around a block.
_BLOCKS = {
    **dict.fromkeys(("p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "table", "blockquote", "pre"), 1),
    **dict.fromkeys(("address", "article", "aside", "body", "center", "dd", "div", "dt", "figcaption", "figure"), 0),
    **dict.fromkeys(("footer", "form", "header", "html", "li", "main", "nav", "section", "tr", "caption"), 0),
    **dict.fromkeys(("tbody", "tfoot", "thead"), 0),
}
_VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"})
_HIDDEN = re.compile(r"display\s*+:\s*+none", re.IGNORECASE)


def text_from_html(html: str) -> str:
    """Return what a reader sees of ``html``: one line a paragraph, ``label (url)`` for links, ``- `` for list items.

    The cells of a table's row stand on one line, with ``|`` between them; an image is its ``alt`` text. Scripts,
    styles, comments and what is hidden (``hidden``, ``display: none``) are left out. The time grows with the length
    alone, whatever stands in it; the text ends with a newline, unless it is empty.
    """
    reader = _Reader()
    for token in html_tokens(html):
        if isinstance(token, str):
            reader.text(token)
        elif token.is_end:
            reader.end(token.name)
        else:
            reader.start(token)
    return reader.result()


def _is_hidden(attributes: dict[str, str]) -> bool:
    return "hidden" in attributes or _HIDDEN.search(attributes.get("style", "")) is not None


class _Reader:
    """The lines so far, and the elements that are open."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line: list[str] = []
        self._is_blank = True
        self._gap = 0
        self._marker = ""
        #: For each open list the number of its next item, or ``None``.
        self._lists: list[int | None] = []
        self._quotes = 0
        self._last_quote = ""
        self._pre = 0
        #: Whether nothing stands between a start tag of pre and what comes now.
        self._begins_pre = False
        #: The address of the open link, and the part of the line where its label begins.
        self._link: tuple[str, int] | None = None
        self._hidden: HiddenElement | None = None

    def text(self, text: str) -> None:
        """Take text that stands between two tags."""
        if self._hidden:
            return
        if self._pre:
            self._preformatted(text)
            return
        text = _SPACE.sub(" ", text)
        if text[:1] == " " and (not self._line or self._line[-1].endswith(" ")):
            text = text[1:]
        self._put(text)

    def start(self, tag: Tag) -> None:
        """Take a start tag."""
        name = tag.name
        self._begins_pre = False
        if self._hidden is not None:
            if name in _VOID or not self._hidden.start(name):
                return
            self._hidden = None
        attributes = tag.attributes() if "=" in tag.body or "hidden" in tag.body.lower() else {}
        if name == "template" or (name not in _VOID and _is_hidden(attributes)):
            self._hidden = HiddenElement(name)
            return
        if name in _BLOCKS:
            self._block(name)
        begin = _STARTS.get(name)
        if begin is not None:
            begin(self, attributes)

    def end(self, name: str) -> None:
        """Take an end tag."""
        if self._hidden is not None:
            is_outer = self._hidden.end(name)
            if self._hidden.has_ended:
                self._hidden = None
            if not is_outer:
                return
        if name in _BLOCKS:
            self._break_if_any()
        finish = _ENDS.get(name)
        if finish is not None:
            finish(self)
        if name in _BLOCKS:
            self._block(name)

    def result(self) -> str:
        """Return the text."""
        self._break_if_any()
        return "\n".join([*self._lines, ""]) if self._lines else ""

    def start_link(self, attributes: dict[str, str]) -> None:
        self.end_link()
        self._link = (attributes.get("href", "").strip(), len(self._line))

    def end_link(self) -> None:
        if self._link is None:
            return
        (url, begin), self._link = self._link, None
        label = "".join(self._line[begin:]).strip()
        shown = url.removeprefix("mailto:")
        if not url or url.startswith("#") or label in (url, shown):
            return
        self._put(f"{'' if label and self._line[-1].endswith(' ') else ' '}({shown})" if label else shown)

    def start_list(self, attributes: dict[str, str]) -> None:
        self._lists.append(None)

    def start_numbered(self, attributes: dict[str, str]) -> None:
        start = attributes.get("start", "")
        self._lists.append(int(start) if re.fullmatch(r"[0-9]{1,9}", start) else 1)

    def end_list(self) -> None:
        if self._lists:
            self._lists.pop()
        self._marker = ""

    def start_item(self, attributes: dict[str, str]) -> None:
        number = self._lists[-1] if self._lists else None
        self._marker = "- " if number is None else f"{number}. "
        if number is not None:
            self._lists[-1] = number + 1

    def start_quote(self, attributes: dict[str, str]) -> None:
        self._quotes += 1

    def end_quote(self) -> None:
        self._quotes = max(0, self._quotes - 1)

    def start_pre(self, attributes: dict[str, str]) -> None:
        self._pre += 1
        self._begins_pre = True

    def end_pre(self) -> None:
        self._pre = max(0, self._pre - 1)

    def start_cell(self, attributes: dict[str, str]) -> None:
        if not self._is_blank:
            self._put("| " if self._line[-1].endswith(" ") else " | ")

    def start_image(self, attributes: dict[str, str]) -> None:
        self.text(attributes.get("alt", ""))

    def start_break(self, attributes: dict[str, str]) -> None:
        self._break()

    def start_rule(self, attributes: dict[str, str]) -> None:
        self._break_if_any()
        self._put("-" * 20)
        self._break()

    def _preformatted(self, text: str) -> None:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        # HTML, 13.2.6.4.7: the line end after the start tag is for whoever writes the page.
        first, *others = (text.removeprefix("\n") if self._begins_pre else text).split("\n")
        self._begins_pre = False
        self._put(first)
        for line in others:
            self._break()
            self._put(line)

    def _block(self, name: str) -> None:
        """Begin a line, after the empty lines that ``name`` wants around it."""
        self._break_if_any()
        # Lists in lists stand close, and a paragraph to the marker of its item.
        inner = self._marker or (name in ("ul", "ol") and self._lists)
        self._gap = max(self._gap, 0 if inner else _BLOCKS[name])

    def _put(self, text: str) -> None:
        if text:
            self._line.append(text)
            self._is_blank = self._is_blank and text.isspace()

    def _break_if_any(self) -> None:
        if not self._is_blank:
            # A link around blocks has its address at the first of them.
            self.end_link()
            self._break()
        else:
            self._clear_line()

    def _break(self) -> None:
        line = "".join(self._line)
        self._clear_line()
        quote = "> " * min(self._quotes, _MAX_DEPTH)
        if self._gap and self._lines:
            self._lines.append(min(quote, self._last_quote).rstrip())
        self._last_quote = quote
        self._gap = 0
        indent = "  " * (min(len(self._lists), _MAX_DEPTH) - bool(self._marker))
        self._lines.append(f"{quote}{indent}{self._marker}{line}".rstrip())
        self._marker = ""

    def _clear_line(self) -> None:
        self._line.clear()
        self._is_blank = True
        if self._link is not None:
            # Its label goes on in the next line.
            self._link = (self._link[0], 0)


_STARTS: dict[str, Callable[[_Reader, dict[str, str]], None]] = {
    "a": _Reader.start_link,
    "blockquote": _Reader.start_quote,
    "br": _Reader.start_break,
    "hr": _Reader.start_rule,
    "img": _Reader.start_image,
    "li": _Reader.start_item,
    "ol": _Reader.start_numbered,
    "pre": _Reader.start_pre,
    "td": _Reader.start_cell,
    "th": _Reader.start_cell,
    "ul": _Reader.start_list,
}
_ENDS: dict[str, Callable[[_Reader], None]] = {
    "a": _Reader.end_link,
    "blockquote": _Reader.end_quote,
    "ol": _Reader.end_list,
    "pre": _Reader.end_pre,
    "ul": _Reader.end_list,
}
