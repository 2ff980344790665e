"""Where a hidden element ends, also where its end tag is left out (HTML standard, section 13.1.2.4)."""

from __future__ import annotations

from collections import Counter

__all__ = ["HiddenElement"]

_CLOSES_P = (
    frozenset({"address", "article", "aside", "blockquote", "center", "div", "dl", "fieldset", "figcaption", "figure"})
    | frozenset({"footer", "form", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section", "table", "ul"})
    | frozenset(f"h{level}" for level in range(1, 7))
)
_CELLS = frozenset({"td", "th"})
_ROWS = _CELLS | {"tr"}
_PARTS = frozenset({"tbody", "thead", "tfoot"})
#: By the element: before which start tags it ends.
_ENDS_BEFORE: dict[str, frozenset[str]] = {
    "p": _CLOSES_P,
    "li": frozenset({"li"}),
    "dt": frozenset({"dt", "dd"}),
    "dd": frozenset({"dt", "dd"}),
    "td": _ROWS | _PARTS,
    "th": _ROWS | _PARTS,
    "tr": _PARTS | {"tr"},
    **dict.fromkeys(_PARTS, _PARTS),
    "option": frozenset({"option", "optgroup"}),
}
#: By the element: with which end tags, of those that it is in.
_ENDS_WITH: dict[str, frozenset[str]] = {
    "p": (_CLOSES_P | _CELLS | {"body", "html", "dd", "dt"}) - {"p", "hr"},
    "li": frozenset({"ul", "ol"}),
    "dt": frozenset({"dl"}),
    "dd": frozenset({"dl"}),
    "td": _PARTS | {"tr", "table"},
    "th": _PARTS | {"tr", "table"},
    "tr": _PARTS | {"table"},
    **dict.fromkeys(_PARTS, frozenset({"table"})),
    "option": frozenset({"select", "optgroup", "datalist"}),
}
# In these begins something of its own: an item of a list in a list ends no item around it.
_BORDERS = frozenset({"ul", "ol", "dl", "table", "select", "div", "blockquote"})
# So far up it is looked for what a tag ends, whatever somebody has nested.
_NEAR = 32


class HiddenElement:
    """An element that is not shown, and those that are open in it."""

    def __init__(self, name: str) -> None:
        self._open = [name]
        self._count = Counter(self._open)

    def start(self, name: str) -> bool:
        """Take a start tag; tell whether the hidden element has ended before it."""
        for depth in range(1, min(len(self._open), _NEAR) + 1):
            element = self._open[-depth]
            if name in _ENDS_BEFORE.get(element, ()):
                self._close(depth)
                # What a row ends may end with it: the cell first, then its row.
                return self.start(name)
            if element in _BORDERS:
                break
        if not self._open:
            return True
        self._open.append(name)
        self._count[name] += 1
        return False

    def end(self, name: str) -> bool:
        """Take an end tag; tell whether it is one of the elements around, so that the hidden one has ended before."""
        if self._count[name]:
            while self._open and self._pop() != name:
                pass
            return False
        if name in _ENDS_WITH.get(self._open[0], ()):
            self._open.clear()
            return True
        return False

    @property
    def has_ended(self) -> bool:
        """Whether what comes next is shown."""
        return not self._open

    def _close(self, depth: int) -> None:
        for _ in range(depth):
            self._pop()

    def _pop(self) -> str:
        name = self._open.pop()
        self._count[name] -= 1
        return name
