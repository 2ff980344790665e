"""Marked text of which a filter has changed the space alone: it keeps its marks."""

from __future__ import annotations

import re
from typing import TypeAlias

from openviper.core.email._rendering.marking import Marker

__all__ = ["with_marks_of"]

#: Characters, without their marks and with them.
_Characters: TypeAlias = list[tuple[str, str]]
_PIECES = re.compile(r"\s+|\S")


def with_marks_of(marked: str, done: str, marker: Marker) -> str:
    """Return what a filter has made of a text, with the marks that it had; none where more than its space differs.

    Args:
        marked: What the filter was given, before its marks were taken off.
        done: What it made: wrapped, indented, stripped.
        marker: Whose marks they are.
    """
    if "".join(marker.plain(marked).split()) != "".join(done.split()):
        return done
    words, spaces = _taken_apart(marked, marker)
    pieces: list[str] = []
    place = 0
    for piece in _PIECES.findall(done):
        if piece.isspace():
            pieces.append(_space(piece, spaces[place], marker))
        else:
            pieces.append(words[place])
            place += 1
    return "".join(pieces)


def _taken_apart(marked: str, marker: Marker) -> tuple[list[str], list[_Characters]]:
    """Return the characters with their marks, and the space before each of them and at the end."""
    words: list[str] = []
    spaces: list[_Characters] = [[]]
    for char, whole in marker.characters(marked):
        if char.isspace():
            spaces[-1].append((char, whole))
        else:
            words.append(whole)
            spaces.append([])
    return words, spaces


def _space(done: str, given: _Characters, marker: Marker) -> str:
    if done == "".join(char for char, _ in given):
        return "".join(whole for _, whole in given)
    # What a value's space has become is a value too.
    return done if any(char == whole for char, whole in given) else marker.marked(done)
