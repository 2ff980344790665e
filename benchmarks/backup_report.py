"""The tables of ``backup.py``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from environment import PYTHON, run
from report import Spread, against, table, verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    #: Seconds of each round, by contestant.
    Samples = Mapping[str, Sequence[float]]

__all__ = ["Bar", "backups", "bars", "memory", "restores"]

PEAK = "print(next(int(l.split()[1]) for l in open('/proc/self/status') if l.startswith('VmHWM')) / 1024)"


@dataclass(frozen=True, slots=True)
class Bar:
    """``name`` may take ``most`` times as long as ``than``."""

    name: str
    than: str
    most: float


def bars(seconds: Samples, wanted: Sequence[Bar]) -> str:
    rows = []
    for bar in wanted:
        ratio = against(seconds[bar.name], seconds[bar.than])
        title = f"{bar.name} <= {bar.most:.2f} x {bar.than}"
        rows.append([title, f"{ratio:.3f}", verdict(held=ratio.median <= bar.most)])
    return table(["bar", "measured", ""], rows)


def backups(seconds: Samples, sizes: Mapping[str, tuple[int, int]], ours: str) -> str:
    """Seconds, and how large the backup became."""
    inside = sizes[ours][1]
    rows = [
        [name, f"{Spread.of(taken):.2f}", str(against(taken, seconds[ours])), f"{sizes[name][0] / 1e6:.1f}"]
        for name, taken in seconds.items()
    ]
    rounds = len(seconds[ours])
    intro = f"Backups of {inside / 1e6:.0f} MB. Median (min-max) of rounds: {rounds}."
    return f"{intro}\n\n{table(['', 's', f'its time / {ours}', 'MB written'], rows)}"


def restores(seconds: Samples, peer: str) -> str:
    rows = [[name, f"{Spread.of(taken):.2f}", str(against(taken, seconds[peer]))] for name, taken in seconds.items()]
    rounds = len(seconds[peer])
    return f"Restores. Median (min-max) of rounds: {rounds}.\n\n{table(['', 's', f'its time / {peer}'], rows)}"


def memory(
    reports: Mapping[tuple[str, str], Sequence[Mapping[str, Any]]], databases: tuple[str, ...], most: float
) -> str:
    """The most memory of each of our processes, by database."""
    names = [name for name, database in reports if database == databases[0]]
    peaks = {name: [max(each["peak"] for each in reports[name, database]) for database in databases] for name in names}
    rows = [[name, *(f"{peak:.1f}" for peak in peaks[name])] for name in names]
    above = max(max(each) for each in peaks.values()) - bare()
    bar = [f"our process <= a bare interpreter + {most:g} MiB", f"{above:.1f}", verdict(held=above <= most)]
    return "\n\n".join(
        [
            f"The most memory of our process, MiB; a bare interpreter has {bare():.1f}.",
            table(["", *(f"database `{database}`" for database in databases)], rows),
            table(["bar", "measured", ""], [bar]),
        ]
    )


@cache
def bare() -> float:
    return float(run([str(PYTHON), "-c", PEAK]))
