"""The command line that the benchmarks share, and the form in which they print."""

from __future__ import annotations

import argparse
import shlex
import statistics
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from environment import HERE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

__all__ = ["Spread", "against", "choose", "command_line", "conclude", "table", "verdict"]

MISS = "**miss**"


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of some rounds, and how far they lie apart."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Spread:
        values = sorted(values)
        return cls(statistics.median(values), values[0], values[-1])

    def __format__(self, form: str) -> str:
        return f"{self.median:{form}} ({self.low:{form}}-{self.high:{form}})"

    def __str__(self) -> str:
        return f"{self:.2f}"


def against(base: Sequence[float], other: Sequence[float]) -> Spread:
    """``base / other``, round by round: 1.0 is as cheap as ``base``, 0.5 costs twice as much."""
    return Spread.of(one / two for one, two in zip(base, other, strict=True))


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def verdict(*, held: bool) -> str:
    return "pass" if held else MISS


def command_line(doc: str | None, known: Collection[str]) -> argparse.ArgumentParser:
    """A parser with ``--only`` and ``--write``; ``doc`` is the script's, whose first line describes it."""
    parser = argparse.ArgumentParser(description=(doc or "").partition("\n")[0])
    parser.add_argument("--only", help=f"some of {','.join(known)}")
    parser.add_argument("--write", action="store_true", help="put the result into benchmarks/README.md")
    return parser


def choose(parser: argparse.ArgumentParser, only: str | None, known: Iterable[str]) -> list[str]:
    """What ``--only`` names, in the order of ``known``; all of it without ``--only``."""
    known = list(known)
    wanted = only.split(",") if only else known
    if unknown := sorted(set(wanted) - set(known)):
        parser.error(f"--only {','.join(unknown)}: known are {','.join(known)}")
    return [name for name in known if name in wanted]


def conclude(subject: str, report: str, *, write: bool) -> None:
    """Print ``report``, with ``write`` publish it too; a bar that was missed ends this program with 1."""
    print(report, flush=True)
    if write:
        publish(subject, report)
    if missed := [line for line in report.splitlines() if MISS in line]:
        sys.exit("\n".join([f"{subject}: bars missed: {len(missed)}", *missed]))


def publish(subject: str, report: str) -> None:
    """Put ``report`` between the ``subject`` markers of README.md, under the command that made it."""
    command = shlex.join(["python", f"benchmarks/{subject}.py", *sys.argv[1:]])
    begin, end = f"<!-- {subject}: begin -->", f"<!-- {subject}: end -->"
    readme = HERE / "README.md"
    before, _, rest = readme.read_text().partition(begin)
    _, _, after = rest.partition(end)
    readme.write_text(f"{before}{begin}\n`{command}`\n\n{report}\n{end}{after}")
