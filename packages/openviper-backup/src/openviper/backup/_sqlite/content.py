"""What a stream of bytes is: a database file, or SQL text."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

from openviper.backup.errors import InvalidArchive

if TYPE_CHECKING:
    from openviper.backup.engines.base import Content

__all__ = ["MAGIC", "check_content", "is_database", "is_wal"]

#: With what a database file begins: https://www.sqlite.org/fileformat.html, 1.3.
MAGIC = b"SQLite format 3\x00"

_HEADER = 100
# The last line that the sqlite3 shell writes for a database of which it could not read everything.
_GAVE_UP = b"ROLLBACK; -- due to errors"


def is_database(head: bytes) -> bool:
    """Tell whether bytes begin as a database file does."""
    return head.startswith(MAGIC)


def is_wal(head: bytes) -> bool:
    """Tell whether a database file is one in WAL mode."""
    return head[18:20] == b"\x02\x02"


def check_content(content: Content) -> tuple[str, ...]:
    """Look at what is to be restored; return notes.

    Raises:
        InvalidArchive: It is neither a database nor text, or less than all of it.
    """
    if is_database(content.head):
        _check_size(content)
        return ()
    _check_text(content.head)
    if _GAVE_UP in content.tail:
        raise InvalidArchive("The SQL text ends with 'ROLLBACK; -- due to errors': the dump was given up by sqlite3")
    if content.tail.rstrip().upper().endswith(b"COMMIT;"):
        return ()
    return ("SQL text that does not end with COMMIT has no mark of its end: whether it is whole could not be checked",)


def _check_size(content: Content) -> None:
    head = content.head
    if content.size < _HEADER:
        raise InvalidArchive(f"The database file has {content.size} bytes, which is less than its header has")
    page = int.from_bytes(head[16:18], "big")
    page = 65_536 if page == 1 else page
    # Versions before 3.7.0 did not keep the count of pages up to date, and left the first of these behind.
    pages = int.from_bytes(head[28:32], "big") if head[24:28] == head[92:96] else 1
    if content.size < page * pages or content.size % page:
        raise InvalidArchive(f"The database file has {content.size} bytes instead of {page * pages}: it is torn")


def _check_text(head: bytes) -> None:
    try:
        # The last character may go on after these bytes.
        codecs.getincrementaldecoder("utf-8")().decode(head)
        is_text = b"\x00" not in head
    except UnicodeDecodeError:
        is_text = False
    if not is_text:
        raise InvalidArchive("It is neither a database file of SQLite nor SQL text in UTF-8")
