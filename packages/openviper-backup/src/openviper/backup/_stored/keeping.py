"""Which backups of one database are kept: the last ones, and the newest of each day, week and month."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime

from openviper.backup.errors import InvalidInput

__all__ = ["Rules", "kept"]


@dataclass(frozen=True, slots=True)
class Rules:
    """What to keep; a backup that one of them wants is kept.

    Attributes:
        last: So many, the newest.
        daily: The newest of each of so many days (UTC) that have any.
        weekly: Likewise, of weeks as ISO 8601 counts them: from Monday.
        monthly: Likewise, of calendar months.

    Raises:
        InvalidInput: One is not a number of 0 or more, or all are 0, which would keep nothing.
    """

    last: int = 0
    daily: int = 0
    weekly: int = 0
    monthly: int = 0

    def __post_init__(self) -> None:
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        for name, value in values.items():
            if not isinstance(value, int) or isinstance(value, bool) or value < 0:
                raise InvalidInput(f"keep_{name}={value!r} (--keep-{name}) is not a number of 0 or more")
        if not any(values.values()):
            options = ", ".join(f"--keep-{name}" for name in values)
            raise InvalidInput(f"Nothing says what to keep: expected at least one of {options}, of 1 or more")


def kept(moments: Sequence[datetime], rules: Rules) -> set[int]:
    """Return the positions of those to keep.

    Args:
        moments: When the backups were made, with their time zones; the newest first.
    """
    positions = set(range(min(rules.last, len(moments))))
    for count, period in ((rules.daily, _day), (rules.weekly, _week), (rules.monthly, _month)):
        positions |= _newest_of_each(moments, period, count)
    return positions


def _newest_of_each(moments: Sequence[datetime], period: Callable[[datetime], object], count: int) -> set[int]:
    newest: dict[object, int] = {}
    for position, moment in enumerate(moments):
        newest.setdefault(period(moment.astimezone(UTC)), position)
    return set(list(newest.values())[:count])


def _day(moment: datetime) -> object:
    return moment.date()


def _week(moment: datetime) -> object:
    return moment.isocalendar()[:2]


def _month(moment: datetime) -> object:
    return moment.year, moment.month
