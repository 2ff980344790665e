"""Lines for a terminal, with nothing in them that it would obey, and numbers as people read them."""

from __future__ import annotations

import re
import sys

import click

__all__ = ["duration", "harmless", "megabytes", "say", "table"]

# What moves the cursor, colours, or turns the reading direction of a terminal. Tabs and line ends stay.
_HARMFUL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def say(text: str, *, err: bool = False) -> None:
    """Print a line; what the stream has no characters for is written as an escape."""
    encoding = getattr(sys.stderr if err else sys.stdout, "encoding", None) or "utf-8"
    click.echo(harmless(text).encode(encoding, "backslashreplace").decode(encoding), err=err)


def harmless(text: str) -> str:
    """Return ``text`` with what a terminal would obey written as an escape."""
    return _HARMFUL.sub(lambda found: ascii(found[0])[1:-1], text)


def megabytes(size: int) -> str:
    """Return ``512 bytes``, ``3.4 KiB``, ``12.0 MiB`` or ``1.50 GiB``."""
    if size < 1 << 10:
        return f"{size} bytes"
    if size < 1 << 20:
        return f"{size / (1 << 10):.1f} KiB"
    return f"{size / (1 << 20):.1f} MiB" if size < 1 << 30 else f"{size / (1 << 30):.2f} GiB"


def duration(seconds: float) -> str:
    """Return ``0.04 s``, ``12 s``, ``2:05`` or ``1:02:05``."""
    if seconds < 59.5:
        return f"{seconds:.0f} s" if seconds >= 9.95 else f"{seconds:.1f} s" if seconds >= 0.95 else f"{seconds:.2f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def table(rows: list[tuple[str, ...]]) -> list[str]:
    """Return rows as lines whose columns stand below each other."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
