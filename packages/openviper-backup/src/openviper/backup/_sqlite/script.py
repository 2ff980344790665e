"""SQL text, run statement by statement; it reaches nothing but the database it is run in."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, BinaryIO

from openviper.backup._sqlite.connection import code_of, watched
from openviper.backup.errors import InvalidArchive, NotEnoughSpace

if TYPE_CHECKING:
    from openviper.backup.job import Job

__all__ = ["run_script", "statements"]

_PIECE = 1 << 18
_WIDTH = 120
# What ends a statement, or begins something in which a semicolon does not: https://www.sqlite.org/lang_expr.html.
_MARK = re.compile(rb"""[;'"`\[]|--|/\*""")
_ENDS = {b"'": b"'", b'"': b'"', b"`": b"`", b"[": b"]", b"--": b"\n", b"/*": b"*/"}
# What SQLite quotes of a statement may be a row's.
_QUOTED = re.compile(r'^(near|unrecognized token:|no such column:) (".*"|.*)', re.DOTALL)
_GAP = rb"(?:[\s;]++|--[^\n]*+(?:\n|$)|/\*[^*]*+(?:\*(?!/)[^*]*+)*\*/)*"
_NOTHING = re.compile(_GAP, re.DOTALL)
_CREATE = re.compile(_GAP + rb"create\b", re.DOTALL | re.IGNORECASE)
_FORBIDDEN_FUNCTIONS = {"fts3_tokenizer", "load_extension"}
_FORBIDDEN_PRAGMAS = {"data_store_directory", "temp_store_directory"}


def run_script(connection: sqlite3.Connection, file: BinaryIO, size: int, job: Job) -> None:
    """Run what stands in a file, of ``size`` bytes.

    Raises:
        InvalidArchive: A statement fails, reaches for other files, or is not finished; or a transaction is not.
        NotEnoughSpace: The disk is full.
        Interrupted: The job says so.
    """
    connection.set_authorizer(_authorize)
    line = 1
    for statement in statements(_pieces(file, size, job)):
        # In front of it, comments and empty lines.
        gap = _NOTHING.match(statement)
        first = line + statement.count(b"\n", 0, gap.end() if gap else 0)
        _run(connection, statement, first, job)
        line += statement.count(b"\n")
    if connection.in_transaction:
        raise InvalidArchive("The SQL text ends within a transaction: COMMIT is missing, and it is torn")


def _pieces(file: BinaryIO, size: int, job: Job) -> Iterator[bytes]:
    done = 0
    while piece := file.read(_PIECE):
        yield piece
        done += len(piece)
        job.progress("load", done, size)


def _run(connection: sqlite3.Connection, statement: bytes, line: int, job: Job) -> None:
    try:
        with watched(connection, job):
            for _ in connection.execute(statement.decode()):
                pass
    except (sqlite3.Error, sqlite3.Warning, ValueError) as error:
        reason = _QUOTED.sub(r"\1 ...", str(error)) if isinstance(error, sqlite3.Error) else "it is not text in UTF-8"
        reason = " ".join(reason.split())[:_WIDTH]
        kind = (
            NotEnoughSpace
            if isinstance(error, sqlite3.Error) and code_of(error) == sqlite3.SQLITE_FULL
            else InvalidArchive
        )
        raise kind(f"Line {line} of the SQL text: {reason}; nothing of it was kept") from error


def statements(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Cut text into statements, each with what stands before it and with its semicolon.

    Raises:
        InvalidArchive: The last one is not finished.
    """
    buffer, position, end = bytearray(), 0, b""
    for piece in pieces:
        buffer += piece
        while (after := _next(buffer, position, end)) is not None:
            position, end = after
            if not end and buffer[position - 1] == ord(";") and _is_complete(buffer, position):
                yield bytes(memoryview(buffer)[:position])
                del buffer[:position]
                position = 0
        position = _seen(buffer, position, end)
    if end not in (b"", b"\n") or not _NOTHING.fullmatch(buffer):
        raise InvalidArchive("The SQL text ends within a statement: it is torn, or its last semicolon is missing")


def _next(buffer: bytearray, position: int, end: bytes) -> tuple[int, bytes] | None:
    """Return where to go on after the next mark, and what ends the literal that it begins; ``None``: there is none."""
    if end:
        found = buffer.find(end, position)
        return None if found < 0 else (found + len(end), b"")
    match = _MARK.search(buffer, position)
    return None if match is None else (match.end(), _ENDS.get(match.group(), b""))


def _seen(buffer: bytearray, position: int, end: bytes) -> int:
    """Return up to where there is nothing; a mark may begin with the last byte."""
    return max(position, len(buffer) - max(1, len(end) - 1))


def _is_complete(buffer: bytearray, size: int) -> bool:
    """Tell whether a statement ends here; in CREATE TRIGGER, semicolons stand within."""
    statement = buffer[:size]
    return not _CREATE.match(statement) or sqlite3.complete_statement(statement.decode("utf-8", "replace"))


def _authorize(action: int, first: str | None, second: str | None, *_: object) -> int:
    is_forbidden = (
        # VACUUM attaches '', VACUUM INTO and ATTACH a file.
        (action == sqlite3.SQLITE_ATTACH and first not in ("", ":memory:"))
        or (action == sqlite3.SQLITE_FUNCTION and (second or "").lower() in _FORBIDDEN_FUNCTIONS)
        or (action == sqlite3.SQLITE_PRAGMA and (first or "").lower() in _FORBIDDEN_PRAGMAS)
    )
    return sqlite3.SQLITE_DENY if is_forbidden else sqlite3.SQLITE_OK
