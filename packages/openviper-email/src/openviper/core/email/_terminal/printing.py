"""Lines for a terminal: aligned, and no wider than it."""

from __future__ import annotations

import shutil
import sys
from textwrap import wrap

import click

__all__ = ["heading", "milliseconds", "row", "say"]

_LABEL = 12
_SECONDS = 8
_WIDTH = 80


def say(text: str = "", *, err: bool = False) -> None:
    """Print a line; what the stream has no characters for is written as an escape."""
    encoding = getattr(sys.stderr if err else sys.stdout, "encoding", None) or "utf-8"
    click.echo(text.encode(encoding, "backslashreplace").decode(encoding), err=err)


def heading(text: str) -> None:
    """Print a line that something begins with."""
    rule = "─" * max(_width() - len(text) - 4, 3)
    say(f"{click.style('──', dim=True)} {click.style(text, bold=True)} {click.style(rule, dim=True)}")


def row(
    label: str, text: str, *, seconds: float | None = None, color: str | None = None, label_color: str | None = None
) -> None:
    """Print a label, how long it took, and a text that goes on below itself.

    Args:
        label: Some 12 characters.
        text: What came of it.
        seconds: ``None``: it took none.
        color: Of the first word of ``text``.
        label_color: Of the label.
    """
    indent = _LABEL + _SECONDS + 4
    lines = wrap(text, max(_width() - indent, 30), break_on_hyphens=False) if sys.stdout.isatty() else [text]
    time = "" if seconds is None else milliseconds(seconds)
    head, *rest = lines or [""]
    word, space, others = head.partition(" ")
    head = click.style(word, fg=color, bold=True) + space + others if color else head
    label = f"{label:<{_LABEL}}"
    label = click.style(label, fg=label_color, bold=True) if label_color else label
    say(f"  {label}{click.style(f'{time:>{_SECONDS}}', dim=True)}  {head}".rstrip())
    for line in rest:
        say(" " * indent + line)


def milliseconds(seconds: float) -> str:
    """Return ``0.4 ms``, ``12 ms`` or ``1.20 s``."""
    if seconds >= 1:
        return f"{seconds:.2f} s"
    return f"{seconds * 1000:.0f} ms" if seconds >= 0.01 else f"{seconds * 1000:.1f} ms"


def _width() -> int:
    return min(shutil.get_terminal_size((_WIDTH, 24)).columns, 110) if sys.stdout.isatty() else _WIDTH
