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
    # A name that both sides have is in the target as the new one's exactly when the old one has left it.
    if new:
        source, sink, leaving, coming, beside, away = (
            names.scratch,
            names.old,
            plan.old_tables,
            plan.new_tables,
            scratch,
            old,
        )
    else:
        source, sink, leaving, coming, beside, away = (
            names.old,
            names.scratch,
            plan.new_tables,
            plan.old_tables,
            old,
            scratch,
        )
    out = [x for x in leaving if x in there and x not in away and (x in beside or x not in coming)]
    return Moves(
        _pairs((names.target, sink, name) for name in out),
        _pairs((source, names.target, name) for name in coming if name in beside),
        has_begun=bool(old & {*plan.old_tables})
        or any(x in there - scratch - {*plan.old_tables} for x in plan.new_tables),
    )


def _pairs(moved: Iterable[tuple[str, str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (f"{identifier(source)}.{identifier(name)}", f"{identifier(target)}.{identifier(name)}")
        for source, target, name in moved
    )
