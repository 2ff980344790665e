"""Header fields: what may stand in them, and those with a meaning of their own (RFC 5322, section 3.6)."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Literal, TypeAlias, cast

from openviper.core.email._building.characters import first_unprintable, named, quoted
from openviper.core.email.addresses import parse_mailbox
from openviper.core.email.errors import HeaderError

__all__ = [
    "auto_submitted_header",
    "check_headers",
    "check_message_id",
    "check_pairs",
    "check_text",
    "format_date",
    "list_unsubscribe_headers",
    "make_message_id",
]

#: Headers as users give them.
Headers: TypeAlias = "Mapping[str, str] | Iterable[tuple[str, str]]"

# RFC 5322, 3.6.8: printable ASCII characters but for the colon. Shorter than a line, with its value on the same.
_NAME = re.compile(r"[!-9;-~]{1,76}")
# RFC 5322, 3.6.4, without quoted pieces and with an ordinary domain.
_MESSAGE_ID = re.compile(r"<[!-;=?A-~]{1,250}@[!-;=?A-~]{1,255}>")
_TARGET = re.compile(r"https://[^/?#]|mailto:[^?]+@[^?]", re.IGNORECASE)

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

# Fields that the builder writes, and what they are written from.
_OURS = {
    "from": "use sender=",
    "to": "use recipients=",
    "cc": "use cc=",
    "bcc": "use bcc=",
    "resent-bcc": "use bcc=",
    "reply-to": "use reply_to=",
    "subject": "use subject=",
    "date": "use date=",
    "message-id": "use message_id=",
    "return-path": "use envelope_sender=",
    "mime-version": "it is always 1.0",
    "dkim-signature": "use sign=",
    "received": "mail servers write it",
}
# So that a line holds it.
_LONGEST_WORD = 950
# Values that programs read: nothing in them is an encoded word.
_PROGRAMS = frozenset(
    {"auto-submitted", "feedback-id", "in-reply-to", "list-unsubscribe", "list-unsubscribe-post", "precedence"}
    | {"references"}
)
# One mailbox each.
ADDRESS_FIELDS = frozenset({"disposition-notification-to", "errors-to", "return-receipt-to", "sender"})
# RFC 5322, 3.6, and those whose meaning is lost where there are two.
_ONCE = frozenset(
    {"auto-submitted", "feedback-id", "importance", "in-reply-to", "list-id", "list-unsubscribe", "precedence"}
    | {"list-unsubscribe-post", "priority", "references", "sender", "x-priority"}
)


def check_text(value: str, place: str) -> None:
    """Refuse text that would not be one line of a header.

    Args:
        value: A subject, a name, a value.
        place: What it was given as, for the error: ``subject``.

    Raises:
        HeaderError: It is no ``str``, or has CR, LF, NUL or another control, NEL, U+2028, U+2029 or half of a
            surrogate pair.
    """
    if not isinstance(value, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise HeaderError(f"{place}={quoted(value)} is of type {type(value).__name__}; expected a str")
    char = first_unprintable(value)
    if char:
        raise HeaderError(f"{place}={quoted(value)} has {named(char)}; expected one line of text without controls")


def check_headers(headers: Headers) -> tuple[tuple[str, str], ...]:
    """Return custom headers as pairs, in their order.

    Args:
        headers: A mapping, or pairs of a name and a value.

    Raises:
        HeaderError: A name is no field name (RFC 5322, 3.6.8), or one that the message has from an argument; a value
            is not one line of text; or a field that a message has once is there twice.
    """
    if not headers:
        return ()
    pairs = check_pairs(headers)
    seen: set[str] = set()
    for name, value in pairs:
        _check_name(name)
        lower = name.lower()
        _check_value(lower, value, f"headers[{name!r}]")
        if lower in _ONCE and lower in seen:
            raise HeaderError(f"headers has {name!r} twice; a message has it once")
        seen.add(lower)
    return pairs


def check_pairs(headers: object) -> tuple[tuple[str, str], ...]:
    """Return a mapping or pairs as pairs of texts, whatever these say.

    Raises:
        HeaderError: It is something else.
    """
    return tuple(map(_pair, _given(headers)))


def _given(headers: object) -> Iterable[object]:
    if isinstance(headers, Mapping):
        return cast("Mapping[object, object]", headers).items()
    if isinstance(headers, str | bytes) or not isinstance(headers, Iterable):
        raise HeaderError(
            f"headers: {quoted(headers)} is of type {type(headers).__name__}; expected a mapping or pairs"
        )
    return cast("Iterable[object]", headers)


def _pair(each: object) -> tuple[str, str]:
    match each:
        case [str() as name, str() as value]:
            return name, value
        case _:
            raise HeaderError(f"headers has {quoted(each)}; expected pairs of a name and a value, both str")


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise HeaderError(
            f"the header name {quoted(name)} is none; expected up to 76 printable ASCII characters without a colon"
        )
    lower = name.lower()
    if lower.startswith("content-"):
        raise HeaderError(f"the header {name!r} is written from the text, html and attachments")
    if lower in _OURS:
        raise HeaderError(f"the header {name!r} is not one of headers=; {_OURS[lower]}")


def _check_value(lower: str, value: str, place: str) -> None:
    check_text(value, place)
    if lower in _PROGRAMS and not _is_for_programs(value):
        raise HeaderError(
            f"{place}={quoted(value)}; expected words of up to {_LONGEST_WORD} ASCII characters, no spaces around "
            "them, and no '=?', which programs decode"
        )
    if lower in ADDRESS_FIELDS and parse_mailbox(value, place).needs_utf8:
        raise HeaderError(f"{place}={quoted(value)} has characters beyond ASCII before '@'; expected none")


def _is_for_programs(value: str) -> bool:
    plain = value.isascii() and "=?" not in value and value == value.strip(" ")
    return plain and all(len(word) <= _LONGEST_WORD for word in value.split(" "))


def make_message_id(domain: str) -> str:
    """Return a new ``<...@domain>``, of 128 random bits."""
    return f"<{os.urandom(16).hex()}@{domain}>"


def check_message_id(message_id: str) -> None:
    """Refuse what is no message identifier.

    Raises:
        HeaderError: It is not ``<left@right>`` in printable ASCII characters without spaces.
    """
    if not isinstance(message_id, str) or not _MESSAGE_ID.fullmatch(message_id) or "=?" in message_id:  # pyright: ignore[reportUnnecessaryIsInstance]
        raise HeaderError(
            f"message_id={quoted(message_id)} is none; expected <left@right>, or an empty str for a new one"
        )


def format_date(date: datetime) -> str:
    """Return ``Fri, 21 Nov 2025 14:08:00 +0000`` (RFC 5322, section 3.3), whatever the locale."""
    offset = "+0000" if date.tzinfo is UTC else date.strftime("%z")
    if len(offset) != 5:
        # Offsets with seconds are those of times before time zones.
        date, offset = date.astimezone(UTC), "+0000"
    day, month = _DAYS[date.weekday()], _MONTHS[date.month - 1]
    return f"{day}, {date.day:02} {month} {date.year:04} {date.hour:02}:{date.minute:02}:{date.second:02} {offset}"


def list_unsubscribe_headers(targets: str | Iterable[str], *, one_click: bool = True) -> tuple[tuple[str, str], ...]:
    """Return ``List-Unsubscribe`` and, for one click, ``List-Unsubscribe-Post`` (RFC 2369, RFC 8058).

    Args:
        targets: ``https:`` URLs, ``mailto:`` URLs, or one of them; the first is tried first.
        one_click: The ``https:`` URL unsubscribes at a POST, without a question. Gmail and Yahoo want that.

    Raises:
        HeaderError: A target is neither, or has characters that a URL does not; or one click has no ``https:`` URL.
    """
    urls = (targets,) if isinstance(targets, str) else tuple(targets)
    for url in urls:
        _check_target(url)
    if not urls or (one_click and not any(url.lower().startswith("https:") for url in urls)):
        raise HeaderError(f"list_unsubscribe={quoted(targets)} has no https: URL; one click needs one (RFC 8058)")
    listed = ("List-Unsubscribe", ", ".join(f"<{url}>" for url in urls))
    return (listed, ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")) if one_click else (listed,)


def _check_target(url: str) -> None:
    check_text(url, "list_unsubscribe")
    if not url.isascii() or any(char in url for char in ' <>,"') or len(url) > 900:
        raise HeaderError(
            f"list_unsubscribe={quoted(url)}: expected up to 900 ASCII characters without spaces, commas, quotes and "
            "angle brackets; others as %XX"
        )
    if "=?" in url:
        raise HeaderError(f"list_unsubscribe={quoted(url)} has '=?', which mail programs decode; write =%3F")
    if not _TARGET.match(url):
        raise HeaderError(f"list_unsubscribe={quoted(url)}: expected an https: or a mailto: URL")


def auto_submitted_header(
    value: Literal["auto-generated", "auto-replied", "auto-notified", "no"] = "auto-generated",
) -> tuple[str, str]:
    """Return ``Auto-Submitted``, at which out-of-office programs do not answer (RFC 3834, RFC 5436).

    Raises:
        HeaderError: ``value`` is none of those.
    """
    if value not in {"auto-generated", "auto-replied", "auto-notified", "no"}:
        raise HeaderError(
            f"auto_submitted={quoted(value)}; expected 'auto-generated', 'auto-replied', 'auto-notified' or 'no'"
        )
    return "Auto-Submitted", value
