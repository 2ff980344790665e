"""The statements of a dump, told apart as psql tells them: quotes, bodies and rows are never taken for statements."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TypeAlias

__all__ = ["NAME", "Drop", "StatementFilter", "is_acl", "is_extension_comment", "is_owner"]

#: Gets a statement with its semicolon, and tells whether it is left out.
Drop: TypeAlias = Callable[[bytes], bool]

_HELD = frozenset({b"alter", b"grant", b"revoke", b"comment", b"set", b"reset"})
#: A name, quoted or not.
NAME = rb'(?:"(?:[^"]|"")*"|[A-Za-z_\x80-\xff][\w$\x80-\xff]*)'
_ALTER = re.compile(rb"ALTER\s", re.IGNORECASE)
_OWNER = re.compile(rb"\sOWNER\s+TO\s+" + NAME + rb"\s*;\Z", re.IGNORECASE)
_AUTHORIZATION = re.compile(rb"(?:SET|RESET)\s+SESSION\s+AUTHORIZATION\b", re.IGNORECASE)
# Before a grant by another role it is a name, and RESET after it; before another's object, by pg_dump's
# --use-set-session-authorization, a text, or DEFAULT.
_GRANTING = re.compile(rb"(?:RE)?SET\s+SESSION\s+AUTHORIZATION\b(?!\s+(?:'|DEFAULT\b))", re.IGNORECASE)
_ACL = re.compile(rb"(?:GRANT|REVOKE|ALTER\s+DEFAULT\s+PRIVILEGES)\s", re.IGNORECASE)
_EXTENSION_COMMENT = re.compile(rb"COMMENT\s+ON\s+EXTENSION\s", re.IGNORECASE)
_CONFORMING = re.compile(rb"SET\s+standard_conforming_strings\s*(?:=|TO)\s*'?(on|off)\b", re.IGNORECASE)

_TOKEN = re.compile(
    rb"""(?P<blank>[ \t\r\n\f\v]+) | (?P<escaped>[eE]') | (?P<word>[A-Za-z_\x80-\xff][\w$\x80-\xff]*)
    | (?P<dollar>\$(?:[A-Za-z_\x80-\xff][\w\x80-\xff]*)?\$) | (?P<quote>['"]) | (?P<comment>/\*) | (?P<open>\()
    | (?P<close>\)) | (?P<end>;) | (?P<other>[^\s;()'"$/\-A-Za-z_\x80-\xff]+ | [$/\-])""",
    re.VERBOSE,
)
# At the end of a piece, the beginning of what the next one may go on with.
_UNFINISHED = re.compile(rb"(?:/|-|\$[\w\x80-\xff]*|[A-Za-z_\x80-\xff][\w$\x80-\xff]*)\Z")
_DATA_END = re.compile(rb"\n\\\.\r?\n")
_NESTED = re.compile(rb"/\*|\*/")
_ESCAPED = re.compile(rb"\\.|''|'", re.DOTALL)
_MOST = 1 << 20
# Of the end of a statement: more than the longest name of an owner.
_END = 4096


def is_owner(statement: bytes) -> bool:
    """Tell whether a statement gives an object to a role, or acts as another."""
    if _ALTER.match(statement):
        return bool(_OWNER.search(statement[-_END:]))
    return bool(_AUTHORIZATION.match(statement))


def is_acl(statement: bytes) -> bool:
    """Tell whether a statement grants or revokes, or acts as another to do so."""
    return bool(_ACL.match(statement) or _GRANTING.match(statement))


def is_extension_comment(statement: bytes) -> bool:
    """Tell whether a statement comments on an extension, as its owner alone may."""
    return bool(_EXTENSION_COMMENT.match(statement))


class StatementFilter:
    """Leaves statements out of a stream of SQL and COPY data; all else passes byte for byte.

    Args:
        drops: A statement is left out where one of them says so. They are asked of ALTER, GRANT, REVOKE, COMMENT, SET
            and RESET, of up to 1 MiB.
        also: First words of statements, in lower case, of which they are asked too.
    """

    def __init__(self, *drops: Drop, also: Iterable[bytes] = ()) -> None:
        self._drops = drops
        self._looked_at = _HELD.union(also)
        self._rest = b""
        # Where the stream is: in the rows of a COPY, or before them; in comments, so many; in a quote that ends with …
        self._is_data = self._data_follows = False
        self._comments = 0
        self._quote = b""
        self._is_conforming = True
        self._begin()

    def feed(self, data: bytes) -> bytes:
        """Return what passes of ``data``, and of what was held back before it."""
        return self._run(data, is_end=False)

    def finish(self) -> bytes:
        """Return what passes of the rest, after the last byte."""
        return self._run(b"", is_end=True) + b"".join(self._held or ()) + self._rest

    def _begin(self) -> None:
        self._words: list[bytes] = []
        self._last = b""
        self._held: list[bytes] | None = None
        self._held_bytes = self._depth = self._blocks = 0
        self._reads_stdin = False

    def _run(self, data: bytes, *, is_end: bool) -> bytes:
        text, position = self._rest + data, 0
        passed: list[bytes] = []
        while position < len(text):
            end, is_whole = self._step(text, position, is_end=is_end)
            if end == position:
                break
            self._pass(text[position:end], passed, is_whole=is_whole)
            position = end
        self._rest = text[position:]
        return b"".join(passed)

    def _pass(self, piece: bytes, passed: list[bytes], *, is_whole: bool) -> None:
        """Hold a piece of a statement that may be left out, or let it pass; ``is_whole``: the statement ends there."""
        if self._held is None:
            passed.append(piece)
        else:
            self._held.append(piece)
            self._held_bytes += len(piece)
            if self._held_bytes > _MOST:
                passed += self._held
                self._held = None
        if is_whole:
            self._decide(passed)

    def _decide(self, passed: list[bytes]) -> None:
        statement = b"".join(self._held or ())
        if found := _CONFORMING.match(statement):
            self._is_conforming = found[1].lower() == b"on"
        if statement and not any(drop(statement) for drop in self._drops):
            passed.append(statement)
        self._data_follows = self._reads_stdin
        self._begin()

    def _step(self, text: bytes, position: int, *, is_end: bool) -> tuple[int, bool]:
        """Return where the next piece ends (``position``: more must be known first), and whether a statement does."""
        if self._is_data:
            return self._in_data(text, position, is_end=is_end), False
        if self._data_follows:
            return self._before_data(text, position), False
        if self._comments:
            return self._in_comment(text, position), False
        if self._quote:
            return self._in_quote(text, position, is_end=is_end), False
        return self._token(text, position, is_end=is_end)

    def _before_data(self, text: bytes, position: int) -> int:
        found = text.find(b"\n", position)
        if found < 0:
            return len(text)
        self._data_follows, self._is_data = False, True
        return found if found > position else self._in_data(text, position, is_end=False)

    def _in_data(self, text: bytes, position: int, *, is_end: bool) -> int:
        found = _DATA_END.search(text, position)
        if found:
            self._is_data = False
            return found.end()
        return len(text) if is_end else max(position, len(text) - 4)

    def _in_comment(self, text: bytes, position: int) -> int:
        found = _NESTED.search(text, position)
        if found is None:
            return max(position, len(text) - 1)
        self._comments += 1 if found[0] == b"/*" else -1
        return found.end()

    def _in_quote(self, text: bytes, position: int, *, is_end: bool) -> int:
        if self._quote == b"\\'":
            return self._in_escaped(text, position, is_end=is_end)
        found = text.find(self._quote, position)
        if found < 0:
            return max(position, len(text) - len(self._quote) + 1)
        end = found + len(self._quote)
        self._quote = b""
        return end

    def _in_escaped(self, text: bytes, position: int, *, is_end: bool) -> int:
        last = position
        for found in _ESCAPED.finditer(text, position):
            last = found.end()
            if found[0] == b"'":
                # It may be the first of two.
                if found.end() == len(text) and not is_end:
                    return found.start()
                self._quote = b""
                return found.end()
        # A backslash at the end goes with what comes.
        return len(text) - 1 if text.endswith(b"\\", last) and not is_end else len(text)

    def _token(self, text: bytes, position: int, *, is_end: bool) -> tuple[int, bool]:
        if text.startswith(b"--", position):
            line_end = text.find(b"\n", position)
            return (line_end + 1 if line_end >= 0 else len(text) if is_end else position), False
        if not is_end and _UNFINISHED.match(text, position) and len(text) - position < _MOST:
            return position, False
        found = _TOKEN.match(text, position)
        if found is None:
            return position + 1, False
        return found.end(), self._take(found.lastgroup, found[0])

    def _take(self, kind: str | None, token: bytes) -> bool:
        """Look at a token; return whether a statement ends with it."""
        if kind == "word":
            self._word(token.lower())
        elif kind not in ("blank", "comment"):
            self._last = b""
        if kind == "quote":
            self._quote = token if token == b'"' or self._is_conforming else b"\\'"
        elif kind == "escaped":
            self._quote = b"\\'"
        elif kind == "dollar":
            self._quote = token
        elif kind == "comment":
            self._comments = 1
        elif kind == "open":
            self._depth += 1
        elif kind == "close":
            self._depth = max(0, self._depth - 1)
        return kind == "end" and not self._depth and not self._blocks

    def _word(self, word: bytes) -> None:
        if not self._words and word in self._looked_at:
            self._held = []
        if len(self._words) < 4:
            self._words.append(word)
        if not self._depth and self._is_routine():
            self._count_blocks(word)
        if self._words[0] == b"copy" and not self._depth and (self._last, word) == (b"from", b"stdin"):
            self._reads_stdin = True
        self._last = word

    def _count_blocks(self, word: bytes) -> None:
        """Count as psqlscan.l does, so that a body of BEGIN ATOMIC … END is one statement.

        BEGIN without ATOMIC, which psqlscan.l counts too, is a name: pg_dump does not quote it.
        """
        if (self._last, word) == (b"begin", b"atomic") or (word == b"case" and self._blocks):
            self._blocks += 1
        elif word == b"end" and self._blocks:
            self._blocks -= 1

    def _is_routine(self) -> bool:
        words = self._words[1:] if self._words[1:3] != [b"or", b"replace"] else self._words[3:]
        return self._words[0] == b"create" and words[:1] in ([b"function"], [b"procedure"])
