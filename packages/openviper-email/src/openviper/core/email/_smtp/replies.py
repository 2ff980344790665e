"""What servers say (RFC 5321, section 4.2), read without trust: a reply has an end, a size and one code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from openviper.core.email._building.characters import printable
from openviper.core.email._smtp.masking import Mask
from openviper.core.email.results import Outcome, RecipientResult

__all__ = ["MalformedReplyError", "Reply", "ReplyParser"]

# RFC 5321, 4.5.3.1.5 allows 512 octets a line; EHLO has some thirty lines at most.
_LONGEST_LINE = 4_096
_LONGEST_REPLY = 65_536
_ENHANCED = re.compile(r"([245]\.[0-9]{1,3}\.[0-9]{1,3})(?=\s|$)")
_OUTCOMES: dict[int, Outcome] = {2: "accepted", 4: "transient", 5: "permanent"}


class MalformedReplyError(Exception):
    """What came is no reply of SMTP: nobody knows what the next one would belong to."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply."""

    #: From 200 to 599.
    code: int
    #: The texts of its lines, as they came.
    lines: tuple[bytes, ...]

    @property
    def outcome(self) -> Outcome | None:
        """What it means for who it is about; ``None``: it is 3xx, and says that more is to come."""
        return _OUTCOMES.get(self.code // 100)

    @property
    def enhanced_status(self) -> str | None:
        """RFC 3463; ``None``: there is none, or one of another class than the code's."""
        return self.said()[0]

    @property
    def text(self) -> str:
        """Its lines in one, without the enhanced status; printable, 1,000 characters at most."""
        return self.said()[1]

    def said(self) -> tuple[str | None, str]:
        """Return the enhanced status and the text, which are read together."""
        lines = [line.decode("utf-8", "replace").strip() for line in self.lines]
        found = _ENHANCED.match(lines[0])
        if found is None or int(found[1][0]) != self.code // 100:
            return None, printable(" ".join(lines))
        status = found[1]
        bare = (line[len(status) :].lstrip() if f"{line} ".startswith(f"{status} ") else line for line in lines)
        return status, printable(" ".join(bare))

    def result(self, recipient: str) -> RecipientResult:
        """Return it as the answer for a recipient; one that is no answer is ``transient``."""
        return RecipientResult(recipient, self.outcome or "transient", self.code, *self.said())

    def __str__(self) -> str:
        return " ".join(str(part) for part in (self.code, self.enhanced_status, self.text) if part)


class ReplyParser:
    """Makes replies of bytes, in whatever pieces they come."""

    __slots__ = ("_code", "_lines", "_rest", "_size", "mask")

    def __init__(self) -> None:
        self._rest = b""
        self._lines: list[bytes] = []
        self._code = 0
        self._size = 0
        #: Hides secrets in what comes; ``None``: none was sent yet.
        self.mask: Mask | None = None

    @property
    def is_within(self) -> bool:
        """Whether a reply has begun and not ended."""
        return bool(self._rest or self._lines)

    def feed(self, data: bytes) -> list[Reply]:
        """Return the replies that end within ``data``.

        Raises:
            MalformedReplyError: It is none, or longer than any is; the replies before it are its ``args[1]``.
        """
        lines = (self._rest + data if self._rest else data).split(b"\n")
        self._rest = lines.pop()
        replies: list[Reply] = []
        try:
            for line in lines:
                bare = line.removesuffix(b"\r")
                self._line(self.mask.line(bare) if self.mask else bare, replies)
            _check_line(self._rest)
        except MalformedReplyError as error:
            error.args = (*error.args, replies)
            raise
        return replies

    def _line(self, line: bytes, replies: list[Reply]) -> None:
        code, text, is_last = _parts(line)
        if is_last and not self._lines:
            replies.append(Reply(code, (text,)))
            return
        self._size += len(line)
        if self._size > _LONGEST_REPLY:
            raise MalformedReplyError(f"the server sent a reply of more than {_LONGEST_REPLY:,} bytes")
        if self._lines and code != self._code:
            raise MalformedReplyError(f"the server began a reply with {self._code} and went on with {code}")
        self._code = code
        self._lines.append(text)
        if is_last:
            lines = tuple(self._lines)
            replies.append(Reply(code, self.mask.lines(lines) if self.mask else lines))
            self._lines, self._size = [], 0


# Servers say the same to each MAIL and RCPT.
@lru_cache(maxsize=64)
def _parts(line: bytes) -> tuple[int, bytes, bool]:
    """Return the code, the text, and whether a line is the last one of its reply."""
    _check_line(line)
    code, mark = line[:3], line[3:4]
    if len(code) < 3 or not code.isdigit() or not b"2" <= code[:1] <= b"5" or mark not in (b" ", b"-", b""):
        raise MalformedReplyError(f"the server sent {line[:100]!r}, which is no reply of SMTP")
    return int(code), line[4:], mark != b"-"


def _check_line(line: bytes) -> None:
    if len(line) > _LONGEST_LINE:
        raise MalformedReplyError(f"the server sent a line of more than {_LONGEST_LINE:,} bytes")
