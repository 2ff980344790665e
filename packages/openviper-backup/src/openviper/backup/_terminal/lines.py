"""Lines for a terminal, and numbers as people read them."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import TextIO

import click

from openviper.core.terminal_text import harmless

__all__ = ["counted", "duration", "is_terminal", "megabytes", "say"]


def say(text: str, *, err: bool = False) -> None:
    """Print a line; what the stream has no characters for is written as an escape.

    Raises:
        click.ClickException: stdout does not take it; the message says what was to stand there.
    """
    stream = sys.stderr if err else sys.stdout
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        click.echo(harmless(text).encode(encoding, "backslashreplace").decode(encoding), err=err)
    except OSError as error:
        _silence(stream)
        if not err:
            raise click.ClickException(f"stdout cannot be written ({error.strerror}): {harmless(text)}") from error


def is_terminal(stream: TextIO | None) -> bool:
    """Tell whether somebody reads or types there; a program that is started without one of its streams has ``None``."""
    return stream is not None and not stream.closed and stream.isatty()


def counted(tables: Mapping[str, int]) -> str:
    """Return ``2 tables with 41,250 rows``."""
    rows = sum(tables.values())
    return f"{len(tables)} table{'' if len(tables) == 1 else 's'} with {rows:,} row{'' if rows == 1 else 's'}"


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


def _silence(stream: TextIO) -> None:
    # What Python still holds for it would be tried again at the end, and be the exit code.
    # https://docs.python.org/3/library/signal.html#note-on-sigpipe
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
