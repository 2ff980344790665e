"""A shop's rows, the same at each run, for three databases: as text, and as what SQLite takes.

customers, orders and events; of each order there is an event, and of some twelve orders a customer. Words are drawn as
in a language, few of them often, and every event has 20 bytes that nothing compresses: gzip -6 makes about a third of
it.
"""

from __future__ import annotations

import itertools
import json
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    Row = tuple[int | str | bytes, ...]

__all__ = ["TABLES", "Rows", "rows_for"]

#: Their columns; ``digest`` alone is binary.
TABLES = {
    "customers": ("id", "name", "email", "city", "joined"),
    "orders": ("id", "customer_id", "placed", "state", "total", "note"),
    "events": ("id", "order_id", "kind", "payload", "digest"),
}
#: About the bytes of an order with its event and its share of a customer, as PostgreSQL dumps them.
UNIT = 314
ORDERS_OF_A_CUSTOMER = 12
#: Rows in a file.
PIECE = 100_000

SYLLABLES = [one + two for one in "bdfgklmnprstvwz" for two in ("a", "e", "i", "o", "u", "ei", "ö")]
STATES = ("new", "paid", "packed", "sent", "delivered", "returned")
KINDS = ("page.viewed", "cart.changed", "payment.accepted", "parcel.handed_over", "mail.sent")


@dataclass(frozen=True, slots=True)
class Rows:
    """How many there are of each table, and files with them.

    Attributes:
        counts: By table.
        files: By table, in UTF-8, as PostgreSQL's COPY reads them: columns divided by tabs, bytes in hexadecimal.
    """

    counts: dict[str, int]
    files: dict[str, list[Path]]

    def first(self) -> Rows:
        """The first file of each table."""
        files = {table: paths[:1] for table, paths in self.files.items()}
        return Rows({table: min(self.counts[table], PIECE) for table in files}, files)


def rows_for(megabytes: int, folder: Path) -> Rows:
    """Write rows into ``folder`` that make a dump of about so many megabytes (10^6 bytes)."""
    orders = megabytes * 1_000_000 // UNIT
    counts = {"customers": orders // ORDERS_OF_A_CUSTOMER + 1, "orders": orders, "events": orders}
    words = Words(random.Random(7))
    makers = {"customers": customer, "orders": order, "events": event}
    files = {
        table: written(folder, table, (make(words, number, counts) for number in range(1, counts[table] + 1)))
        for table, make in makers.items()
    }
    return Rows(counts, files)


def written(folder: Path, table: str, rows: Iterator[Row]) -> list[Path]:
    files: list[Path] = []
    for number in itertools.count():
        piece = ["\t".join(map(str, row)) for row in itertools.islice(rows, PIECE)]
        if not piece:
            return files
        file = folder / f"{table}.{number:03}.tsv"
        file.write_text("\n".join(piece) + "\n", encoding="utf-8")
        # Servers read it as somebody else.
        file.chmod(0o644)
        files.append(file)
    return files


class Words:
    """Words, the n-th drawn 1/n as often as the first."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self._words = ["".join(chance.choices(SYLLABLES, k=chance.randint(1, 4))) for _ in range(4_000)]
        self._weights = [*itertools.accumulate(1 / (number + 2) for number in range(len(self._words)))]

    def __call__(self, count: int) -> list[str]:
        return self.chance.choices(self._words, cum_weights=self._weights, k=count)


def customer(words: Words, number: int, _: dict[str, int]) -> Row:
    first, last, city = words(3)
    joined = f"20{words.chance.randint(10, 25)}-{words.chance.randint(1, 12):02}-{words.chance.randint(1, 28):02}"
    return number, f"{first.title()} {last.title()}", f"{first}.{last}{number}@example.org", city.title(), joined


def order(words: Words, number: int, counts: dict[str, int]) -> Row:
    chance = words.chance
    customer_id = chance.randint(1, counts["customers"])
    # One after the other, a minute or so apart.
    placed = f"2025-{number % 12 + 1:02}-{number // 12 % 28 + 1:02} {number % 24:02}:{chance.randint(10, 59)}:00"
    total = f"{chance.randint(1, 900)}.{chance.randint(10, 99)}"
    return number, customer_id, placed, STATES[number % 6], total, " ".join(words(14))


def event(words: Words, number: int, _: dict[str, int]) -> Row:
    one, two, three, four = words(4)
    payload = {"agent": f"{one}/{number % 90}.0", "path": f"/{two}/{three}/{four}", "took_ms": number * 7 % 9_000}
    payload["session"] = f"{words.chance.getrandbits(64):016x}"
    digest = "\\\\x" + words.chance.randbytes(20).hex()
    return number, number, KINDS[number % 5], json.dumps(payload, ensure_ascii=False), digest
