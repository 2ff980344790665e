"""An exception taken apart for showing: its chain, its groups, and the source around each frame.

No locals are looked at, anywhere.
"""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from openviper.core.error_pages._frames import Frame, frames_of, shorten, syntax_frame

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Raised", "describe", "plain_text"]

_LONGEST_TEXT = 20_000
_LONGEST_CHAIN = 20
_MOST_PARTS = 15
_DEEPEST_GROUP = 6


@dataclass(frozen=True, slots=True)
class Raised:
    """One exception of a chain."""

    #: How it led to the one before it in the chain; ``""`` for the first.
    relation: str
    module: str
    name: str
    message: str
    notes: tuple[str, ...]
    #: Most recent call first.
    frames: tuple[Frame, ...]
    #: What an exception group holds: a chain each.
    parts: tuple[tuple[Raised, ...], ...] = ()
    #: How many more it holds.
    parts_left_out: int = 0


def describe(error: BaseException) -> tuple[Raised, ...]:
    """Return ``error`` and what led to it, the latest first."""
    return _chain(error, set(), 0)


def plain_text(error: BaseException) -> str:
    """Return the traceback as Python prints it, library paths shortened."""
    root = traceback.TracebackException.from_exception(error, compact=True)
    waiting, seen = [root], set[int]()
    while waiting:
        each = waiting.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        for summary in each.stack:
            summary.filename = shorten(summary.filename)
        waiting += [other for other in (each.__cause__, each.__context__, *(each.exceptions or ())) if other]
    return _limited("".join(root.format()))


def _chain(error: BaseException, seen: set[int], depth: int) -> tuple[Raised, ...]:
    return tuple(_raised(each, relation, seen, depth) for relation, each in _walk(error, seen))


def _walk(error: BaseException, seen: set[int]) -> Iterator[tuple[str, BaseException]]:
    relation, current, count = "", error, 0
    while id(current) not in seen and count < _LONGEST_CHAIN:
        seen.add(id(current))
        count += 1
        yield relation, current
        if current.__cause__ is not None:
            relation, current = "The exception above was caused by this one", current.__cause__
        elif current.__context__ is not None and not current.__suppress_context__:
            relation, current = "The exception above was raised while this one was being handled", current.__context__


def _raised(error: BaseException, relation: str, seen: set[int], depth: int) -> Raised:
    kind = type(error)
    inner = _inner(error)
    shown = inner[:_MOST_PARTS] if depth < _DEEPEST_GROUP else ()
    frames = frames_of(error.__traceback__)
    if isinstance(error, SyntaxError) and (place := syntax_frame(error)):
        frames = (place, *frames)
    return Raised(
        relation=relation,
        module="" if kind.__module__ in ("builtins", "__main__") else kind.__module__,
        name=kind.__qualname__,
        message=_message(error),
        notes=_notes(error),
        frames=frames,
        parts=tuple(chain for part in shown if (chain := _chain(part, seen, depth + 1))),
        parts_left_out=len(inner) - len(shown),
    )


def _inner(error: BaseException) -> tuple[BaseException, ...]:
    if not isinstance(error, BaseExceptionGroup):
        return ()
    return cast("BaseExceptionGroup[BaseException]", error).exceptions


def _message(error: BaseException) -> str:
    if isinstance(error, SyntaxError):
        return _limited(str(error.msg))
    # Python's own wording: with "Did you mean", and standing a __str__ that raises.
    summary = traceback.TracebackException(type(error), error, error.__traceback__, limit=1, compact=True)
    return _limited(str(summary))


def _notes(error: BaseException) -> tuple[str, ...]:
    found: Any = getattr(error, "__notes__", None)
    # Anybody can assign anything to the attribute.
    notes = cast("list[object]", found) if isinstance(found, list) else []
    return tuple(_limited(note) for note in notes if isinstance(note, str))


def _limited(text: str) -> str:
    """Leave out the middle of a very long text: what matters stands at its ends."""
    left_out = len(text) - _LONGEST_TEXT
    if left_out <= 0:
        return text
    half = _LONGEST_TEXT // 2
    return f"{text[:half]}\n... {left_out:,} characters left out ...\n{text[-half:]}"
