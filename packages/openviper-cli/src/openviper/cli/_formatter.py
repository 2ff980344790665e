"""Help on a narrow terminal: what click would set beside each other stands below each other."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from openviper.core.terminal_text import harmless

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["CommandContext", "NarrowFormatter", "terminal_width", "write_section"]

# Columns. Below, click's two columns do not fit, and words are broken.
_NARROW = 50


class NarrowFormatter(click.HelpFormatter):
    """click's formatter, which expects 50 columns; with fewer, no name and no word is cut.

    Whoever wrote a command, what a terminal would obey in its help is written as an escape.
    """

    def write(self, string: str) -> None:
        super().write(harmless(string))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        if self.width >= _NARROW:
            super().write_dl(rows, col_max, col_spacing)
            return
        for name, text in rows:
            self._write_filled(name, hanging=2)
            with self.indentation():
                self._write_filled(text)

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        if self.width >= _NARROW:
            super().write_usage(prog, args, prefix)
        else:
            self._write_filled(f"{prefix or 'Usage: '}{prog} {args}", hanging=2)

    def _write_filled(self, text: str, hanging: int = 0) -> None:
        # As click does: only a help text needs it.
        from textwrap import fill  # noqa: PLC0415

        indent = " " * self.current_indent
        filled = fill(
            text,
            self.width,
            initial_indent=indent,
            subsequent_indent=indent + " " * hanging,
            break_long_words=False,
            break_on_hyphens=False,
        )
        self.write(f"{filled}\n" if filled else "")


class CommandContext(click.Context):
    """A context whose help fits a narrow terminal."""

    formatter_class = NarrowFormatter


def write_section(formatter: click.HelpFormatter, title: str, rows: Sequence[tuple[str, str]]) -> None:
    """Write names and a line for each into a help text; nothing where there are none."""
    if rows:
        with formatter.section(title):
            formatter.write_dl(rows)


def terminal_width() -> int:
    """Return the columns that help may take: at most 78, as click's own; click would not go below 50."""
    # shutil knows it too, at 5 ms for its import.
    # Python reads no number of thousands of digits.
    columns = os.environ.get("COLUMNS", "")[:9]
    if columns.isdecimal() and int(columns):
        return max(min(int(columns), 80) - 2, 10)
    try:
        found = os.get_terminal_size(sys.__stdout__.fileno()).columns if sys.__stdout__ else 0
    except (ValueError, OSError):
        found = 0
    return max(min(found or 80, 80) - 2, 10)
