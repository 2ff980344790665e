"""The traceback of a failed request as a log may show it: no text of an exception passes for another line."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator
from traceback import TracebackException
from typing import Any

from openviper.core.terminal_text import harmless

__all__ = ["FailureRecord", "with_harmless_traceback"]

_INDENT = "    "
_HEADER = "Traceback (most recent call last):\n"
_PLAIN = logging.Formatter()


class FailureRecord(logging.LogRecord):
    """A record whose ``exc_text``, where a formatter sets it to what Python writes, is harmless.

    What is of a formatter's own making (one line, JSON) stays as it is, and finds the exception itself in ``exc_info``.
    """

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "exc_text" and value and self.exc_info and value == _PLAIN.formatException(self.exc_info):
            value = _harmless_text(self.exc_info[1]) or value
        super().__setattr__(name, value)


def with_harmless_traceback(record: logging.LogRecord) -> logging.LogRecord:
    """Return the same record as a :class:`FailureRecord`, if it is of no class of somebody's own record factory."""
    if type(record) is not logging.LogRecord:
        return record
    own = FailureRecord.__new__(FailureRecord)
    own.__dict__.update(record.__dict__)
    return own


def _harmless_text(error: BaseException | None) -> str | None:
    if error is None:
        return None
    return harmless("".join(_indented(TracebackException.from_exception(error).format()))).removesuffix("\n")


def _indented(chunks: Iterable[str]) -> Iterator[str]:
    """Indent each line that begins with an exception's text; Python gives an exception's first lines in one chunk."""
    is_told = False
    for chunk in chunks:
        if chunk.startswith("\n") and chunk != "\n":
            # The sentence between an exception and its cause.
            is_told = False
            yield chunk
            continue
        begins = not chunk.startswith(" ") and (is_told or chunk == "\n")
        is_told = is_told or not (chunk.startswith(" ") or chunk == _HEADER)
        yield (_INDENT if begins else "") + re.sub(r"\n(?=[^\s])", f"\n{_INDENT}", chunk)
