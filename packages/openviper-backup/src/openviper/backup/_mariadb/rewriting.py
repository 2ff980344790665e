"""Turn a dump, while it passes, towards the schema that it is loaded into.

mariadb-dump writes the name of the database that it has dumped in a few places, and a client obeys: ``ALTER DATABASE``
around routines, triggers that were created with it, sequences in defaults. Each of these is changed where it stands in
the line that the program writes, at the beginning of a statement; every other byte passes as it is. What names another
database on purpose (``USE``, ``CREATE DATABASE``) is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from openviper.backup._mariadb.definers import without_definer
from openviper.backup._mariadb.event_state import event_state
from openviper.backup._mariadb.headers import unqualified_trigger
from openviper.backup._mariadb.quoting import identifier
from openviper.backup.errors import InvalidArchive

__all__ = ["Rewriting"]

_INTERESTING = re.compile(
    rb"""\n(?=[ \t/ACDLUacdu])(?:
        DELIMITER[ ] | LOCK[ ]TABLES[ ]` | ALTER[ ]DATABASE[ ]` | CREATE[ ]DEFINER= | [ ]{2}`
        | /\*!40101[ ]SET[ ]@OLD_SQL_MODE=
        | /\*!50003[ ]CREATE | /\*!50106[ ]CREATE | /\*!50013[ ]DEFINER= | /\*!50001[ ]VIEW[ ]
        | [ \t]* (?:/\*!\d*[ ]*)? (?i:use|(?:create|drop|alter)\b[^\n]{0,40}\b(?:database|schema))\b
    )""",
    re.VERBOSE,
)
_ALTER = re.compile(rb"ALTER DATABASE `(?:[^`]|``)*`( CHARACTER SET \w+ COLLATE \w+ ;;?\r?\n?)")
_USE = re.compile(
    rb"(?i)[ \t]*(?:/\*!\d*[ ]*)?(?:use[ \t]+(?!(?:index|key)\b)[^\s;(]+[ \t]*(?:;.*|\*/.*)?|"
    rb"(?:create|drop|alter)\s+(?:or\s+replace\s+)?(?:database|schema)\b.*)\s*$"
)
_DELIMITER = re.compile(rb"DELIMITER (\S+)")
# An event that runs on another server.
_ELSEWHERE = re.compile(rb" DISABLE ON \w+ ")
# A routine of an old mysqldump's begins likewise.
_TRIGGER = re.compile(rb"(?i)/\*!50003 (?:CREATE )?TRIGGER\b")
# The longest line that is looked at whole, and the header of a trigger.
_LONGEST, _HEADER = 1 << 20, 1 << 13
_BEFORE, _PREFIX = 512, 64
# How the line begins that the dump program writes after each body, below its DELIMITER.
_NEXT = b"/*!"


class Rewriting:
    """Changes a stream; :meth:`feed` takes it piece by piece, :meth:`finish` gives what is left.

    Args:
        schema: Where it is loaded into.
        source: The database that was dumped, where the dump says so.
        keep_definers: Whether ``DEFINER`` clauses remain.

    Attributes:
        definers: Those that were found, as SQL has them.
        events: Names of those that are enabled in the dump, and disabled where it is loaded.
    """

    def __init__(self, schema: str, source: str | None, *, keep_definers: bool) -> None:
        self.definers: dict[str, None] = {}
        self.events: set[str] = set()
        self._schema = identifier(schema).encode("utf-8", "surrogateescape")
        self._keep_definers = keep_definers
        self._sequence = None if source is None else _sequence_of(source)
        self._delimiter = b";"
        # A line is found by the end of the one before, the first by none.
        self._pending = b"\n"
        self._before = b"\n"
        self._is_first = True
        self._must_unlock = False

    def feed(self, data: bytes) -> bytes:
        """Take the next bytes; return those that may go on.

        Raises:
            InvalidArchive: The dump names its database on purpose.
        """
        return self._turned(self._pending + data, is_end=False)

    def finish(self) -> bytes:
        """Return what was kept for want of a line's end.

        Raises:
            InvalidArchive: As :meth:`feed`.
        """
        return self._turned(self._pending, is_end=True)

    def _turned(self, data: bytes, *, is_end: bool) -> bytes:
        done: list[bytes] = []
        position = 0
        while found := _INTERESTING.search(data, position):
            start = found.start() + 1
            end = self._end(data, start, is_end=is_end)
            if end is None:
                return self._given(done, data, position, found.start())
            done.append(data[position:start])
            before, after = (self._before + data[:start])[-_BEFORE:], data[end : end + len(_NEXT)]
            done.append(self._line(data[start:end], before, after))
            # The line's own end is where the next is found.
            position = end - 1 if data[end - 1 : end] == b"\n" else end
            done[-1] = done[-1].removesuffix(b"\n") if position < end else done[-1]
        # What begins a line after it, or ends before, is kept until more is known.
        kept = data.rfind(b"\n", max(position, len(data) - _PREFIX))
        return self._given(done, data, position, len(data) if is_end or kept < 0 else kept)

    def _given(self, done: list[bytes], data: bytes, position: int, stop: int) -> bytes:
        done.append(data[position:stop])
        self._pending = data[stop:]
        self._before = (self._before + data[:stop])[-_BEFORE:]
        joined = b"".join(done)
        if self._is_first and joined:
            self._is_first = False
            return joined[1:]
        return joined

    def _end(self, data: bytes, start: int, *, is_end: bool) -> int | None:
        """Return where the line ends that begins at ``start``; ``None``: more is needed to know."""
        if data.startswith((b"/*!50003 CREATE", b"/*!50106 CREATE"), start):
            # Its header may have several lines; it ends with ``*/;;``.
            end = data.find(b";;", start, start + _HEADER)
            whole = is_end or end >= 0 or len(data) - start >= _HEADER
            return (end if end >= 0 else min(start + _HEADER, len(data))) if whole else None
        end = data.find(b"\n", start)
        if data.startswith(b"DELIMITER ", start) and not (is_end or 0 <= end < len(data) - len(_NEXT)):
            # The next line tells whether it is one.
            return None
        if end >= 0:
            return end + 1
        return len(data) if is_end or len(data) - start >= _LONGEST else None

    def _line(self, line: bytes, before: bytes, after: bytes) -> bytes:
        is_start = _is_start(before, self._delimiter)
        if changed := _DELIMITER.match(line):
            # In a routine's comment or text it is not a command, as for the client: the dump's next line ends comments.
            if is_start and (self._delimiter != b";;" or after in (b"", _NEXT)):
                self._delimiter = changed[1]
            return line
        if self._delimiter != b";":
            return self._body(line) if is_start else line
        if line.startswith((b"  `", b"/*!50001 VIEW ")):
            return self._unqualified(line)
        if line.startswith(b"/*!50013 DEFINER="):
            return self._definer(line)
        return self._statement(line) if is_start else line

    def _statement(self, line: bytes) -> bytes:
        if self._must_unlock and line.startswith(b"LOCK TABLES `"):
            # MariaDB locks such a table without its sequence, and refuses its rows then.
            self._must_unlock = False
            return b"-- " + line
        if altered := _ALTER.fullmatch(line):
            return b"ALTER DATABASE " + self._schema + altered[1]
        if line.startswith(b"/*!40101 SET @OLD_SQL_MODE="):
            # The live table is where DATA DIRECTORY says.
            return line.replace(b"'NO_AUTO_VALUE_ON_ZERO'", b"'NO_AUTO_VALUE_ON_ZERO,NO_DIR_IN_CREATE'")
        if _USE.match(line):
            raise InvalidArchive(
                "The dump names its own database (USE, CREATE DATABASE), and would be loaded there; make it without "
                "--databases and --all-databases, or take those lines out"
            )
        return line

    def _unqualified(self, line: bytes) -> bytes:
        # A column's comment is the last of its line, and its own text.
        defined, comment, text = line.partition(b" COMMENT '")
        if self._sequence is None or (changed := self._sequence(defined, self._schema) + comment + text) == line:
            return line
        self._must_unlock = line.startswith(b"  `")
        return changed

    def _body(self, line: bytes) -> bytes:
        if altered := _ALTER.fullmatch(line):
            return b"ALTER DATABASE " + self._schema + altered[1]
        if line.startswith(b"/*!50003 CREATE"):
            made = self._definer(line)
            return unqualified_trigger(made) if _TRIGGER.search(made) else made
        if line.startswith(b"/*!50106 CREATE"):
            return self._event(self._definer(line))
        return self._definer(line) if line.startswith(b"CREATE DEFINER=") else line

    def _event(self, line: bytes) -> bytes:
        """It must not run where it is only loaded."""
        found = event_state(line)
        if found is None and not _ELSEWHERE.search(line):
            raise InvalidArchive(f"Whether an event is enabled cannot be read ({line[:200]!r}), and it might run")
        if found is None or line[found[1] : found[2]] == b"DISABLE":
            return line
        self.events.add(found[0])
        return line[: found[1]] + b"DISABLE" + line[found[2] :]

    def _definer(self, line: bytes) -> bytes:
        definer, without = without_definer(line)
        if definer is not None:
            self.definers[definer] = None
        return line if self._keep_definers else without


def _is_start(before: bytes, delimiter: bytes) -> bool:
    """Tell whether a statement may begin after these bytes."""
    earlier, _, last = (each.strip(b" \t\r") for each in before.rstrip(b"\r\n").rpartition(b"\n"))
    if delimiter != b";":
        return _is_start(earlier, b";") if last.startswith(b"DELIMITER ") else last.endswith(delimiter)
    return not last or last.endswith((b";", b"*/")) or last.startswith((b"--", b"#", b"DELIMITER "))


def _sequence_of(source: str) -> Callable[[bytes, bytes], bytes]:
    name = re.escape(identifier(source).encode("utf-8", "surrogateescape"))
    pattern = re.compile(rb"\b(nextval|lastval|setval)\(" + name + rb"\.")

    def replaced(line: bytes, schema: bytes) -> bytes:
        return pattern.sub(lambda found: found[1] + b"(" + schema + b".", line)

    return replaced
