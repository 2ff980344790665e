"""SQL that no dump program has written, on its way into a schema beside the one that it is for.

Statements run with the user's rights, and one that goes to another database runs there. Those that do so in so many
words are refused before a client gets them; what stands in texts and comments is not one. What a statement makes of a
text to run it cannot be seen.
"""

from __future__ import annotations

import re

from openviper.backup._mariadb.quoting import identifier
from openviper.backup.errors import InvalidArchive

__all__ = ["HandWritten"]

# Taken out first, so that a text ends at its next quote.
_ESCAPED = re.compile(rb"\\[\\'\"]")
# What is not SQL; or, as a group, SQL, and what begins something that does not end. Of a doubled quote the text's two
# halves are two texts. No group may be possessive: Python 3.11.0 to 3.11.4 misread some (gh-106052).
_TOKEN = re.compile(
    rb"""'[^']*+' | "[^"]*+"
    | --(?=\s)[^\n]*+\n | \#[^\n]*+\n | /\*(?!M?!).*?\*/
    | ([^`'"\#/-]++ | (?:`[^`]*+`)+(?!`) | -(?!-\s) | /(?!\*(?!M?!)) | (?:[`'"\#]|--|/\*).*+\Z)""",
    re.DOTALL | re.VERBOSE,
)
_CLOSING = {
    b"'": re.compile(rb"\\.|''|'", re.DOTALL),
    b'"': re.compile(rb'\\.|""|"', re.DOTALL),
    b"`": re.compile(rb"``|`"),
    b"--": re.compile(rb"\n"),
    b"#": re.compile(rb"\n"),
    b"/*": re.compile(rb"\*/"),
}
_OPENING = re.compile(rb"['\"#]|--|/\*(?!M?!)|(?!(?:`[^`]*+`)+\Z)`")
# At the end of a piece, what the next one may make the beginning of a comment.
_HALF = re.compile(rb"[-/*!M]{1,4}\Z")
# Bytes: of what does not end, and of SQL that is looked at with what comes after it.
_LONGEST, _BEFORE = 1 << 22, 1100
_ELSEWHERE = rb"""(?<![\w$.@`\x80-\xff])(?:
    use \s+ (?!(?:index|key)\b) (?:`[^`]+`|''|[\w$\x80-\xff]+) (?=[^\w$\x80-\xff])
    | (?:create|drop|alter) \s+ (?:or\s+replace\s+)? (?:database|schema) (?=[^\w$\x80-\xff])
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
        # Without one of these it need not be looked for.
        self._telling = (b"use", b"database", b"schema", names[1].lower())
        self._closing: re.Pattern[bytes] | None = None
        self._rest = self._code = b""

    def feed(self, data: bytes) -> None:
        """Look at the next bytes.

        Raises:
            InvalidArchive: A statement goes to another database.
        """
        self._look(self._rest + data, is_end=False)

    def finish(self) -> None:
        """Look at the last bytes.

        Raises:
            InvalidArchive: As :meth:`feed`.
        """
        self._look(self._rest + b"\n", is_end=True)

    def _look(self, text: bytes, *, is_end: bool) -> None:
        text = _ESCAPED.sub(b"  ", text)
        if (start := self._skipped(text)) is None:
            return
        half = None if is_end else _HALF.search(text, start)
        stop = half.start() if half else len(text)
        pieces = _TOKEN.findall(text[start:stop])
        opening = _OPENING.match(pieces[-1]) if pieces else None
        self._rest = (pieces.pop() if opening else b"") + text[stop:]
        self._check(b" ".join(pieces))
        if opening and len(self._rest) > _LONGEST:
            self._closing = _CLOSING[opening[0]]
            self._skipped(self._rest[len(opening[0]) :])

    def _skipped(self, text: bytes) -> int | None:
        """Return where SQL goes on after what is longer than can be looked at whole; ``None``: not in this text."""
        position = 0
        while self._closing is not None:
            found = self._closing.search(text, position)
            if found is None or found.end() == len(text):
                # The next bytes may belong to it.
                self._rest = text[max(position, len(text) - 1) :] if found is None else text[found.start() :]
                return None
            position = found.end()
            if found[0] in (b"'", b'"', b"`", b"\n", b"*/"):
                self._closing = None
        return position

    def _check(self, code: bytes) -> None:
        joined = self._code + code
        lowered = joined.lower()
        if any(word in lowered for word in self._telling) and (found := self._elsewhere.search(joined)):
            shown = b" ".join(found[0].split()).decode("utf-8", "replace")
            raise InvalidArchive(
                f"The SQL goes to a database by its name ({shown[:100]!r}), and would be run there: take that "
                "statement, or that name, out of it"
            )
        kept = joined[-_BEFORE:]
        # Without the half of a word.
        self._code = kept if kept == joined else re.sub(rb"\A[\w$\x80-\xff]+", b"", kept)
