"""Issues in the database."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from newsletter.database import get_database

__all__ = ["Issue", "create_table", "find_issue", "latest_issues", "neighbours"]

#: What an INTEGER of SQLite can hold; a path may name a larger one.
LARGEST = 2**63 - 1

TABLE = """
CREATE TABLE IF NOT EXISTS issues (
    number    INTEGER PRIMARY KEY,
    title     TEXT NOT NULL,
    summary   TEXT NOT NULL,
    body      TEXT NOT NULL,
    published TEXT NOT NULL
)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One letter; its body is plain text, paragraphs with an empty line between them."""

    number: int
    title: str
    summary: str
    body: str
    published: date

    @property
    def paragraphs(self) -> list[str]:
        return [part.strip() for part in self.body.split("\n\n") if part.strip()]

    @property
    def published_in_words(self) -> str:
        return f"{self.published.day} {self.published:%B %Y}"


async def create_table(first: Sequence[Issue]) -> int:
    """Make the table, put ``first`` into it if it is empty, and return how many issues there are."""

    def work(connection: sqlite3.Connection) -> int:
        connection.execute(TABLE)
        if _count(connection) == 0:
            connection.executemany(
                "INSERT INTO issues VALUES (:number, :title, :summary, :body, :published)",
                [{**asdict(issue), "published": issue.published.isoformat()} for issue in first],
            )
        return _count(connection)

    return await get_database().write(work)


async def latest_issues(limit: int, *, before: int | None = None) -> list[Issue]:
    """Return up to ``limit`` issues, the newest first; ``before``: only those with a smaller number."""
    rows = await get_database().read(
        "SELECT * FROM issues WHERE number < ? ORDER BY number DESC LIMIT ?",
        (LARGEST if before is None else min(before, LARGEST), limit),
    )
    return [_issue(row) for row in rows]


async def find_issue(number: int) -> Issue | None:
    """Return the issue of that number."""
    rows = await get_database().read("SELECT * FROM issues WHERE number = ?", (min(number, LARGEST),))
    return _issue(rows[0]) if rows else None


async def neighbours(number: int) -> tuple[Issue | None, Issue | None]:
    """Return the issue before that one, and the one after it."""
    rows = await get_database().read(
        "SELECT * FROM issues WHERE number IN ((SELECT max(number) FROM issues WHERE number < ?1), "
        "(SELECT min(number) FROM issues WHERE number > ?1))",
        (number,),
    )
    issues = [_issue(row) for row in rows]
    older = next((issue for issue in issues if issue.number < number), None)
    newer = next((issue for issue in issues if issue.number > number), None)
    return older, newer


def _count(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM issues").fetchone()[0])


def _issue(row: Any) -> Issue:
    return Issue(
        number=row["number"],
        title=row["title"],
        summary=row["summary"],
        body=row["body"],
        published=date.fromisoformat(row["published"]),
    )
