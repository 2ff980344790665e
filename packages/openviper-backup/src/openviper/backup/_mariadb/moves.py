"""Which tables have to move, to bring a target to one side of a swap, and how far that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openviper.backup._mariadb.catalog import tables_of
from openviper.backup._mariadb.quoting import identifier

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openviper.backup._mariadb.session import Session
    from openviper.backup._mariadb.swap_plan import SwapPlan

__all__ = ["Moves", "moves_to"]


@dataclass(frozen=True, slots=True)
class Moves:
    """Tables that have to move, as pairs of quoted names.

    Attributes:
        out, into: Out of the target, and into it.
        has_begun: Some have moved already.
    """

    out: tuple[tuple[str, str], ...]
    into: tuple[tuple[str, str], ...]
    has_begun: bool


def moves_to(plan: SwapPlan, session: Session, *, new: bool) -> Moves:
    """Look where the tables are, and return what is left to be moved to one side.

    Raises:
        ToolFailed: The server cannot be asked.
    """
    names = plan.names
    there, scratch, old = (set(tables_of(session, each)) for each in (names.target, names.scratch, names.old))
    has_begun = bool(old & {*plan.old_tables}) or bool({*plan.new_tables} & (there - scratch - {*plan.old_tables}))
    if new:
        source, beside, coming = names.scratch, scratch, plan.new_tables
        sink, away, leaving = names.old, old, plan.old_tables
    else:
        source, beside, coming = names.old, old, plan.old_tables
        sink, away, leaving = names.scratch, scratch, plan.new_tables
    # A name that both sides have is in the target as the new one's exactly when the old one has left it.
    out = (x for x in leaving if x in there and x not in away and (x in beside or x not in coming))
    into = (x for x in coming if x in beside)
    return Moves(_pairs(names.target, sink, out), _pairs(source, names.target, into), has_begun)


def _pairs(source: str, target: str, tables: Iterable[str]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (f"{identifier(source)}.{identifier(name)}", f"{identifier(target)}.{identifier(name)}") for name in tables
    )
