"""Filters of Markdown templates: they see what was typed, and what they make of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeAlias

from openviper.core.email._rendering.marking import Marker
from openviper.core.email._rendering.spacing import with_marks_of

__all__ = ["marked_filters", "marked_tests"]

_Filter: TypeAlias = Callable[..., Any]

# They count, encode or take apart what they get, so that what they make of Markdown is a value.
_READING = ("attr", "filesizeformat", "first", "float", "int", "last", "length", "count", "random", "reverse", "round")
_READING_TEXT = ("striptags", "truncate", "urlencode", "urlize", "wordcount")
_READING_ITEMS = ("pprint", "tojson", "xmlattr")
# They change the space between characters, which stay as they are.
_SPACING = ("center", "indent", "trim", "wordwrap")


def marked_filters(marker: Marker, filters: Mapping[str, Any]) -> dict[str, _Filter]:
    """Return those of ``filters`` that are others in Markdown."""
    return {
        "safe": marker.marked,
        "replace": _replacing(marker),
        **{name: _reading(filters[name], marker.plain) for name in _READING + _READING_TEXT},
        **{name: _reading(filters[name], marker.plain_items) for name in _READING_ITEMS},
        **{name: _spacing(filters[name], marker) for name in _SPACING},
    }


def marked_tests(marker: Marker, tests: Mapping[str, Any]) -> dict[str, _Filter]:
    """Return ``tests`` for Markdown."""
    return {name: _reading(test, marker.plain) for name, test in tests.items()}


def _reading(function: _Filter, plain: Callable[[Any], Any]) -> _Filter:
    @wraps(function)
    def on_plain(*arguments: Any, **options: Any) -> Any:
        return function(*map(plain, arguments), **{name: plain(each) for name, each in options.items()})

    return on_plain


def _spacing(function: _Filter, marker: Marker) -> _Filter:
    @wraps(function)
    def on_plain(*arguments: Any, **options: Any) -> Any:
        marked = next(filter(marker.is_marked, arguments), None)
        options = {name: marker.plain(each) for name, each in options.items()}
        done = function(*map(marker.plain, arguments), **options)
        return done if marked is None else with_marks_of(marked, done, marker)

    return on_plain


def _replacing(marker: Marker) -> _Filter:
    def replace(text: Any, old: Any, new: Any, count: int | None = None) -> str:
        """Replace ``old``, whoever wrote it; what comes in its place is what ``new`` is."""
        given = str(text if str(old) else marker.plain(text))
        if not marker.is_marked(given):
            return given.replace(str(old), str(new), -1 if count is None else count)
        if count == 0:
            return given
        most = 0 if count is None or count < 0 else count
        return marker.pattern(str(old)).sub(lambda _: str(new), given, most)

    return replace
