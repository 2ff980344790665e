"""Finding the route for a path, at a cost that does not grow with the number of routes.

Paths without parameters stand in a dict. The others stand in a tree with one level a segment; at each level literal
text comes before parameters, and parameters in the order of :data:`CONVERTORS`. A ``path`` parameter takes the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeAlias, TypeVar

from ._convertors import CONVERTORS
from ._pattern import PathTemplate

__all__ = ["PathTree", "match_order"]

T = TypeVar("T")

#: Reads one segment: the values of its parameters, or a ``ValueError`` where it does not match.
Reader: TypeAlias = Callable[[str], tuple[Any, ...]]

#: By what routes are told apart besides their path: a method, or the type of the connection.
Key: TypeAlias = str


class Level(Generic[T]):
    """What may follow at one place of a path."""

    __slots__ = ("by_key", "literals", "readers", "rests")

    def __init__(self) -> None:
        self.literals: dict[str, Level[T]] = {}
        self.readers: list[tuple[tuple[int, str], Reader, Level[T]]] = []
        self.rests: list[tuple[tuple[int, str], Reader, dict[Key, T]]] = []
        self.by_key: dict[Key, T] = {}


class PathTree(Generic[T]):
    """Maps path templates and keys to anything."""

    def __init__(self) -> None:
        self.exact: dict[str, dict[Key, T]] = {}
        self._root: Level[T] = Level()

    def slot(self, template: PathTemplate) -> dict[Key, T]:
        """Return the dict, by key, that belongs to ``template``; templates that differ by names only share it."""
        if not template.params:
            return self.exact.setdefault(template.text, {})
        level = self._root
        for segment in template.segments():
            if any(convertor.name == "path" for _, convertor in segment.params):
                return _rest(level, segment)
            level = _next_level(level, segment)
        return level.by_key

    def find(self, path: str, key: Key) -> tuple[T, tuple[Any, ...]] | None:
        """Return what stands at ``path`` under ``key`` and the parameters' values, the most specific template first."""
        by_key = self.exact.get(path)
        if by_key is not None and (value := by_key.get(key)) is not None:
            return value, ()
        segments = path.split("/")
        level, index = self._root, 1
        # Where literal text is the only way, there is nothing to come back to.
        while not (level.readers or level.rests) and index < len(segments):
            following = level.literals.get(segments[index])
            if following is None:
                return None
            level, index = following, index + 1
        return _find(level, segments, index, (), key)

    def keys(self, path: str) -> set[Key]:
        """Return every key that some template matching ``path`` has."""
        found = set(self.exact.get(path, ()))
        _collect(self._root, path.split("/"), 1, found)
        return found


def _next_level(level: Level[T], segment: PathTemplate) -> Level[T]:
    if not segment.params:
        return level.literals.setdefault(segment.literals[0], Level())
    rank = _rank(segment)
    for known, _, following in level.readers:
        if known == rank:
            return following
    new: Level[T] = Level()
    level.readers.append((rank, _reader(segment), new))
    level.readers.sort(key=lambda entry: entry[0])
    return new


def _rest(level: Level[T], segment: PathTemplate) -> dict[Key, T]:
    rank = _rank(segment)
    for known, _, by_key in level.rests:
        if known == rank:
            return by_key
    new: dict[Key, T] = {}
    level.rests.append((rank, _reader(segment), new))
    level.rests.sort(key=lambda entry: entry[0])
    return new


def _rank(segment: PathTemplate) -> tuple[int, str]:
    """Text around a parameter is more specific than none, more text than less; then the convertors' order."""
    text = sum(map(len, segment.literals))
    order = list(CONVERTORS).index(segment.params[0][1].name)
    return (order - text * len(CONVERTORS), segment.shape())


def match_order(template: PathTemplate) -> list[tuple[int, int, str]]:
    """Return a key by which templates sort as they are tried: text, then parameters, then the rest of a path."""
    order: list[tuple[int, int, str]] = []
    for segment in template.segments():
        if not segment.params:
            order.append((0, 0, segment.literals[0]))
            continue
        takes_rest = any(convertor.name == "path" for _, convertor in segment.params)
        order.append((2 if takes_rest else 1, *_rank(segment)))
    return order


def _reader(segment: PathTemplate) -> Reader:
    parsers = [convertor.parse for _, convertor in segment.params]
    if segment.literals == ("", ""):
        parse = parsers[0]
        return lambda text: (parse(text),)
    head, *between, tail = segment.literals
    # The text before each further parameter, the fewest characters that it takes, and how they are read.
    following = [
        (literal, convertor.name != "path", convertor.parse)
        for literal, (_, convertor) in zip(between, segment.params[1:], strict=True)
    ]

    def read(text: str) -> tuple[Any, ...]:
        start, end = len(head), len(text) - len(tail)
        if start > end or not text.startswith(head) or not text.endswith(tail):
            raise ValueError
        values: list[Any] = []
        # From the right, each separator as late as it can be: linear in the text, where a pattern would try them all.
        for literal, least, parse in reversed(following):
            at = text.rindex(literal, start, end - least)
            values.append(parse(text[at + len(literal) : end]))
            end = at
        return (parsers[0](text[start:end]), *reversed(values))

    return read


def _find(
    level: Level[T], segments: list[str], index: int, values: tuple[Any, ...], key: Key
) -> tuple[T, tuple[Any, ...]] | None:
    if index == len(segments):
        value = level.by_key.get(key)
        return None if value is None else (value, values)
    text = segments[index]
    following = level.literals.get(text)
    if following is not None and (found := _find(following, segments, index + 1, values, key)) is not None:
        return found
    if text:
        for _, read, following in level.readers:
            try:
                read_values = read(text)
            except ValueError:
                continue
            found = _find(following, segments, index + 1, values + read_values, key)
            if found is not None:
                return found
    for _, read, by_key in level.rests:
        if key in by_key:
            try:
                return by_key[key], values + read("/".join(segments[index:]))
            except ValueError:
                continue
    return None


def _collect(level: Level[Any], segments: list[str], index: int, found: set[Key]) -> None:
    if index == len(segments):
        found.update(level.by_key)
        return
    text = segments[index]
    if text in level.literals:
        _collect(level.literals[text], segments, index + 1, found)
    for _, read, following in level.readers:
        if text and _reads(read, text):
            _collect(following, segments, index + 1, found)
    for _, read, by_key in level.rests:
        if _reads(read, "/".join(segments[index:])):
            found.update(by_key)


def _reads(read: Reader, text: str) -> bool:
    try:
        read(text)
    except ValueError:
        return False
    return True
