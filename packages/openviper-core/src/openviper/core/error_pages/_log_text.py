"""The traceback of a failed request as a log may show it: no text of an exception passes for another line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from traceback import TracebackException
from typing import TYPE_CHECKING

from openviper.core.terminal_text import harmless

if TYPE_CHECKING:
    import logging

__all__ = ["with_harmless_traceback"]

_INDENT = "    "
_HEADER = "Traceback (most recent call last):\n"


def with_harmless_traceback(record: logging.LogRecord) -> bool:
    """Give a record the text of its traceback that formatters would make otherwise; a filter that keeps all.

    What is of a formatter's own making (JSON) finds the exception itself in ``exc_info`` as before.
    """
    if record.exc_info and record.exc_info[1] is not None and not record.exc_text:
        report = TracebackException.from_exception(record.exc_info[1])
        record.exc_text = harmless("".join(_indented(report.format()))).removesuffix("\n")
    return True


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
