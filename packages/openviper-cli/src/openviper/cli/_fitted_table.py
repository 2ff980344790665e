"""Rows whose last cell is a folder, as wide as a terminal is."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from openviper.core.terminal_text import columns_of, table

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["fitted_table"]

# Columns: a folder is not cut to fewer, in a table and on a line of its own.
_LEAST_IN_TABLE, _LEAST = 12, 16


def fitted_table(rows: Sequence[Sequence[str]], columns: int) -> list[str]:
    """Return each row as a line of a table, or as a block of lines where ``columns`` are too few for a table.

    What is too long of a folder is left out at its beginning.

    Args:
        rows: All of one length, and harmless to a terminal.
        columns: Of the terminal; a block may take a few more.
    """
    width = max(map(columns_of, table(rows)))
    room = max(columns_of(row[-1]) for row in rows) - max(width - columns, 0)
    if width <= columns or room >= _LEAST_IN_TABLE:
        return table([(*others, _end_of(folder, room)) for *others, folder in rows])
    return [_block(row, max(columns - 2, _LEAST)) for row in rows]


def _end_of(path: str, room: int) -> str:
    if columns_of(path) <= room:
        return path
    while columns_of(path) >= room:
        path = path[1:]
    # From a whole name on, where there is one.
    _, _, rest = path.partition("/")
    return f"…/{rest}" if rest else f"…{path}"


def _block(row: Sequence[str], room: int) -> str:
    name, *others, folder = row
    lines = [line for cell in others for line in wrap(cell, room, break_on_hyphens=False)]
    return "\n  ".join([name, *lines, _end_of(folder, room)])
