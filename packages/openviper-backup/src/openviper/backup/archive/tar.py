"""The headers of tar files: POSIX ustar and pax, and GNU tar's (https://www.gnu.org/software/tar/manual/html_node/Standard.html).

Only as much as it takes to find one regular member, and to refuse everything else.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from openviper.backup.archive.gunzip import REFUSAL
from openviper.backup.errors import InvalidArchive

__all__ = ["BLOCK", "MEMBER", "read_member"]

BLOCK = 512
MEMBER = "backup.sql"

_REGULAR = (b"0", b"\x00")
_PAX, _PAX_GLOBAL, _LONG_NAME, _LONG_LINK = b"x", b"g", b"L", b"K"
_EXTENSIONS = (_PAX, _PAX_GLOBAL, _LONG_NAME, _LONG_LINK)
_KINDS = {
    b"1": "a hard link",
    b"2": "a symbolic link",
    b"3": "a character device",
    b"4": "a block device",
    b"5": "a folder",
    b"6": "a FIFO",
    b"S": "a sparse file",
}
# Headers before a member's own, and bytes of one: more than any tar writes for a name of ten letters.
_MAX_EXTENSIONS = 4
_MAX_EXTENSION_BYTES = 1 << 16
_RECORD = re.compile(rb"([1-9][0-9]{0,5}) ([^=]+)=")


def read_member(read: Callable[[int], bytes]) -> int:
    """Read up to the first byte of the first member's content; return its size in bytes.

    Raises:
        InvalidArchive: It is not a regular file of the name ``backup.sql``, or there is none.
    """
    name: str | None = None
    size: int | None = None
    for _ in range(_MAX_EXTENSIONS + 1):
        header = _checked(read(BLOCK))
        kind = header[156:157]
        length = _number(header[124:136])
        if kind not in _EXTENSIONS:
            _check_member(kind, _own_name(header) if name is None else name)
            return length if size is None else size
        content = _extension(read, length)
        if kind == _LONG_NAME:
            name = _text(content)
        elif kind in (_PAX, _PAX_GLOBAL):
            records = _records(content)
            name = records["path"].decode("utf-8", "backslashreplace") if "path" in records else name
            size = _decimal(records["size"]) if "size" in records else size
    raise InvalidArchive(f"{REFUSAL}: more than {_MAX_EXTENSIONS} extended headers stand before its member")


def _check_member(kind: bytes, name: str) -> None:
    if kind not in _REGULAR:
        what = _KINDS.get(kind, f"a member of type {kind!r}")
        raise InvalidArchive(f"{REFUSAL}: {name[:100]!r} in it is {what}, not a regular file")
    if name.removeprefix("./") != MEMBER:
        raise InvalidArchive(f"{REFUSAL}: its first member is {name[:100]!r}")


def _checked(header: bytes) -> bytes:
    if len(header) < BLOCK:
        raise InvalidArchive(f"{REFUSAL}: it ends before its first member")
    if not header.strip(b"\x00"):
        raise InvalidArchive(f"{REFUSAL}: it is empty")
    if header == b"\xff" * BLOCK:
        raise InvalidArchive(f"{REFUSAL}: its writing was never finished")
    blank = header[:148] + b" " * 8 + header[156:]
    # Some old tars have added signed bytes.
    sums = (sum(blank), sum(byte - 256 if byte > 127 else byte for byte in blank))
    if _number(header[148:156]) not in sums:
        raise InvalidArchive(f"{REFUSAL}: its content is not a tar file")
    return header


def _number(field: bytes) -> int:
    """Octal text, or, where the first bit is set, base-256 (GNU tar)."""
    if field[0] == 0x80:
        return int.from_bytes(field[1:], "big")
    found = re.fullmatch(rb" *([0-7]+)[ \x00]*", field)
    if found is None:
        raise InvalidArchive(f"{REFUSAL}: a number in its tar header cannot be read")
    return int(found[1], 8)


def _own_name(header: bytes) -> str:
    name = _text(header[:100])
    # GNU tar has other things in the place of the prefix.
    prefix = _text(header[345:500]) if header[257:263] == b"ustar\x00" else ""
    return f"{prefix}/{name}" if prefix else name


def _extension(read: Callable[[int], bytes], length: int) -> bytes:
    if length > _MAX_EXTENSION_BYTES:
        raise InvalidArchive(
            f"{REFUSAL}: an extended header of {length} bytes; at most {_MAX_EXTENSION_BYTES} are read"
        )
    padded = read(length + -length % BLOCK)
    if len(padded) < length + -length % BLOCK:
        raise InvalidArchive(f"{REFUSAL}: it ends before its first member")
    return padded[:length]


def _records(content: bytes) -> dict[str, bytes]:
    """Keywords and values of a pax header: ``30 mtime=1350244992.023960108\\n``, with its own length before it."""
    records: dict[str, bytes] = {}
    while content:
        found = _RECORD.match(content)
        length = int(found[1]) if found else 0
        if found is None or not found.end() < length <= len(content) or content[length - 1 : length] != b"\n":
            raise InvalidArchive(f"{REFUSAL}: its extended header cannot be read")
        keyword = _text(found[2])
        if keyword.startswith("GNU.sparse"):
            raise InvalidArchive(f"{REFUSAL}: its member is a sparse file; pack it again without --sparse")
        records[keyword] = content[found.end() : length - 1]
        content = content[length:]
    return records


def _decimal(value: bytes) -> int:
    if not re.fullmatch(rb"[0-9]{1,20}", value):
        raise InvalidArchive(f"{REFUSAL}: the size in its extended header is not a number")
    return int(value)


def _text(field: bytes) -> str:
    return field.partition(b"\x00")[0].decode("utf-8", "backslashreplace")
