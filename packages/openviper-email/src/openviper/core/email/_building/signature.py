"""What a signer returns, as lines that are put before the message."""

from __future__ import annotations

import re
from collections.abc import Iterable

from openviper.core.email._building.characters import quoted
from openviper.core.email._building.header_block import check_block
from openviper.core.email.errors import HeaderError
from openviper.core.email.headers import check_fields, check_pairs

__all__ = ["signature_lines"]

# RFC 5322, 2.2.3: a line's end, then blanks, then something.
_FOLD = re.compile(r"\r\n[ \t]+(?=[^ \t\r\n])")
_FIELD_END = re.compile(r"\r\n(?![ \t])")


def signature_lines(signed: object, there: Iterable[str], *, utf8: bool) -> bytes:
    """Return header lines, each with its CRLF.

    Args:
        signed: Lines as bytes or text, or pairs of a name and a value.
        there: The names of the fields that the message has.
        utf8: Whether it may have characters beyond ASCII (RFC 6532).

    Raises:
        HeaderError: It is no header, or has fields that belong to the message, or that it has already.
    """
    lines = _lines(signed)
    check_block(lines, utf8=utf8)
    # That it is UTF-8 no server needs to know.
    fields = _FIELD_END.split(lines.decode("utf-8", "replace"))[:-1]
    named = (field.partition(":") for field in fields)
    check_fields([(name, value.replace("\r\n", "").strip(" \t")) for name, _, value in named], there)
    return lines


def _lines(signed: object) -> bytes:
    given = (
        signed if isinstance(signed, str | bytes) else "".join(map(_line, check_pairs(signed, "what sign returned")))
    )
    if not given:
        raise HeaderError("sign returned no header; expected lines that end in CRLF, or pairs of a name and a value")
    lines = given if isinstance(given, bytes) else _encoded(given)
    return lines if lines.endswith(b"\r\n") else lines + b"\r\n"


def _line(pair: tuple[str, str]) -> str:
    name, value = pair
    if any(char in name + _FOLD.sub(" ", value) for char in "\r\n"):
        raise HeaderError(
            f"sign returned {quoted(pair)}, which would be more than one field; expected one line, or one folded by "
            "CRLF and a space"
        )
    return f"{name}: {value}\r\n"


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise HeaderError(f"sign returned {quoted(text)} with half of a surrogate pair; expected text") from None
