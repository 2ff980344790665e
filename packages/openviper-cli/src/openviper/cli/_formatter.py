"""Help on a narrow terminal: what click would set beside each other stands below each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["CommandContext", "NarrowFormatter"]

# Columns. Below, click's two columns do not fit, and words are broken.
_NARROW = 50


class NarrowFormatter(click.HelpFormatter):
    """click's formatter, which expects 50 columns; with fewer, no name and no word is cut."""

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
