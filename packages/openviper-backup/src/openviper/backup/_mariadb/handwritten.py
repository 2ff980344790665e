"""SQL that no dump program has written, on its way into a schema beside the one that it is for.

Statements run with the user's rights, and one that goes to another database runs there. Those that do so in so many
words are refused before a client gets them; what stands in texts and comments is none. What a statement makes of a
text to run it cannot be seen.
"""

from __future__ import annotations

import re

from openviper.backup._mariadb.quoting import identifier
from openviper.backup.errors import InvalidArchive

__all__ = ["HandWritten"]

# A name in backticks passes as it is; the rest begins what is no SQL.
_OPENING = re.compile(rb"`(?:[^`]|``){1,520}`|['\"]|--(?=\s)|\#|/\*(?!M?!)")
_CLOSING = {
    b"'": re.compile(rb"\\.|''|'", re.DOTALL),
    b'"': re.compile(rb'\\.|""|"', re.DOTALL),
    b"--": re.compile(rb"\n"),
    b"#": re.compile(rb"\n"),
    b"/*": re.compile(rb"\*/"),
}
# Bytes at the end of a piece that are looked at with the next one, and of SQL before it.
_KEPT = 1100
_ELSEWHERE = rb"""(?<![\w$.@`\x80-\xff])(?:
    use \s+ (?!(?:index|key)\b) (?:`[^`]+`|''|[\w$\x80-\xff]+) (?![\w$\x80-\xff])
    | (?:create|drop|alter) \s+ (?:or\s+replace\s+)? (?:database|schema)\b
    | (?:
        (?:insert|replace)\b [^;]{0,60}? \binto | update (?:\s+(?:low_priority|ignore))* | truncate (?:\s+table)?
        | delete\b [^;]{0,60}? \bfrom | (?:drop|alter|rename)\b [^;]{0,300}?
        | create\b [^;(]{0,200}? \b (?:table|view|trigger|procedure|function|event|sequence|body|exists
            | (?:insert|update|delete|index\s+\S{1,80}) \s+ on)
      ) \s+ NAME \s* \.
)"""


class HandWritten:
    """Reads a stream of SQL.

    Args:
        target: The database that is restored, which statements may not name.
    """

    def __init__(self, target: str) -> None:
        names = (identifier(target).encode("utf-8", "surrogateescape"), target.encode("utf-8", "surrogateescape"))
        name = b"(?:" + b"|".join(re.escape(each).replace(b" ", rb"\ ") for each in names) + b")"
        self._elsewhere = re.compile(_ELSEWHERE.replace(b"NAME", name), re.IGNORECASE | re.VERBOSE)
        self._closing: re.Pattern[bytes] | None = None
        self._rest = self._code = b""

    def feed(self, data: bytes) -> None:
        """Look at the next bytes.

        Raises:
            InvalidArchive: A statement goes to another database.
        """
        text = self._rest + data
        self._look(text, max(0, len(text) - _KEPT))

    def finish(self) -> None:
        """Look at the last bytes.

        Raises:
            InvalidArchive: As :meth:`feed`.
        """
        self._look(self._rest + b"\n", len(self._rest) + 1)

    def _look(self, text: bytes, stop: int) -> None:
        code = [self._code]
        position = 0
        while position < stop:
            position = (
                self._pass_code(text, position, stop, code)
                if self._closing is None
                else self._skip(text, position, stop)
            )
        self._rest = text[position:]
        joined = b"".join(code)
        if found := self._elsewhere.search(joined):
            shown = b" ".join(found[0].split()).decode("utf-8", "replace")
            raise InvalidArchive(
                f"The SQL goes to a database by its name ({shown[:100]!r}), and would be run there: take that "
                "statement, or that name, out of it"
            )
        # Without the half of a word.
        self._code = re.sub(rb"\A[\w$\x80-\xff]+", b"", joined[-_KEPT:])

    def _pass_code(self, text: bytes, position: int, stop: int, code: list[bytes]) -> int:
        found = _OPENING.search(text, position)
        if found is None or found.start() >= stop:
            code.append(text[position:stop])
            return stop
        code.append(text[position : found.start()])
        self._closing = _CLOSING.get(found[0])
        code.append(found[0] if self._closing is None else b"''" if found[0] in (b"'", b'"') else b" ")
        return found.end()

    def _skip(self, text: bytes, position: int, stop: int) -> int:
        """Return where a text or a comment goes on, or has ended."""
        closing = self._closing
        while closing is not None and (found := closing.search(text, position)) and found.start() < stop:
            position = found.end()
            if len(found[0]) == 1 or found[0] == b"*/":
                self._closing = None
                return position
        return max(position, stop)
