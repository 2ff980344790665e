"""A message as it goes after DATA: dots doubled where a line begins with one (RFC 5321, section 4.5.2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from openviper.core.email.errors import InvalidMessage

__all__ = ["check_lines", "stuffed"]

#: What follows the last line.
END = b".\r\n"


def check_lines(chunks: Iterable[bytes]) -> None:
    """Refuse bytes in which a server could see the end of the message where it is not.

    A lone CR or LF before a dot ends the message for some servers, and what follows is taken for commands: whoever
    wrote the body sends mail in our name (SMTP smuggling, CVE-2023-51764).

    Raises:
        InvalidMessage: There is a CR without LF, or a LF without CR.
    """
    returns = feeds = pairs = 0
    before = b""
    for chunk in chunks:
        returns += chunk.count(b"\r")
        feeds += chunk.count(b"\n")
        pairs += chunk.count(b"\r\n") + (before == b"\r" and chunk.startswith(b"\n"))
        before = chunk[-1:] or before
    if not returns == feeds == pairs:
        raise InvalidMessage("the message has a CR without LF, or a LF without CR; lines have to end in CRLF")


def stuffed(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the chunks with dots doubled, and at the end the lone dot, on a line of its own."""
    before = b"\r\n"
    for chunk in chunks:
        if not chunk:
            continue
        tail = (before + chunk)[-2:] if len(chunk) < 2 else chunk[-2:]
        yield _stuffed(chunk, before)
        before = tail
    yield END if before == b"\r\n" else b"\r\n" + END


def _stuffed(chunk: bytes, before: bytes) -> bytes:
    # Most have no such line, and then none is copied.
    made = chunk.replace(b"\r\n.", b"\r\n..") if b"\r\n." in chunk else chunk
    if before == b"\r\n" and chunk.startswith(b"."):
        return b"." + made
    if before.endswith(b"\r") and chunk.startswith(b"\n."):
        return b"\n." + made[1:]
    return made
