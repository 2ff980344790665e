"""Header fields: what may stand in them, and those with a meaning of their own (RFC 5322, section 3.6)."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TypeAlias, cast

from openviper.core.email._building.characters import check_text, quoted
from openviper.core.email._building.mailing_fields import (
    auto_submitted_header,
    check_auto_submitted,
    check_list_unsubscribe,
    list_unsubscribe_headers,
)
from openviper.core.email.addresses import parse_mailbox
from openviper.core.email.errors import HeaderError

__all__ = [
    "ADDRESS_FIELDS",
    "Headers",
    "auto_submitted_header",
    "check_fields",
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

# RFC 2919, 3.
_LIST_ID = re.compile(r"(?:[^<>]+ )?<[!-;=?A-~]{1,255}>")

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
    # They are the envelope, in files for the pickup folders of mail servers.
    "x-sender": "use envelope_sender=",
    "x-receiver": "use bcc=",
}
_FROM_CONTENT = frozenset(
    {"content-disposition", "content-id", "content-length", "content-transfer-encoding", "content-type"}
)
# Of custom headers: how many, and the characters of all. No list or signature comes near.
_MOST = 1_000
_MOST_CHARACTERS = 262_144
# So that a line holds it.
_LONGEST_WORD = 950
# Values that programs read: nothing in them is an encoded word.
_PROGRAMS = frozenset(
    {"auto-submitted", "feedback-id", "in-reply-to", "list-unsubscribe", "list-unsubscribe-post", "precedence"}
    | {"list-archive", "list-help", "list-owner", "list-post", "list-subscribe", "references"}
    | {"resent-cc", "resent-date", "resent-message-id", "resent-to"}
)
#: Fields of one mailbox each, in lower case.
ADDRESS_FIELDS = frozenset(
    {"disposition-notification-to", "errors-to", "resent-from", "resent-sender", "return-receipt-to", "sender"}
)
# RFC 5322, 3.6, and those whose meaning is lost where there are two.
_ONCE = frozenset(
    {"auto-submitted", "feedback-id", "importance", "in-reply-to", "list-id", "list-unsubscribe", "precedence"}
    | {"list-unsubscribe-post", "priority", "references", "sender", "x-priority"}
)


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
    if len(pairs) > _MOST or sum(len(name) + len(value) for name, value in pairs) > _MOST_CHARACTERS:
        raise HeaderError(f"headers has {len(pairs)} fields; expected up to {_MOST}, of {_MOST_CHARACTERS} characters")
    for name, value in pairs:
        _check_name(name, "headers=")
        _check_value(name.lower(), value, f"headers[{name!r}]")
    _check_once([name for name, _ in pairs], (), "headers")
    return pairs


def check_fields(fields: Iterable[tuple[str, str]], there: Iterable[str]) -> None:
    """Refuse fields that are put before a finished message, where that has them already.

    Args:
        fields: Names, and values without folds.
        there: The names of the message's own.

    Raises:
        HeaderError: A name is one that the message has from an argument, ``DKIM-Signature`` aside; a field that a
            message has once would be there twice; or one for a mailbox has something else.
    """
    names: list[str] = []
    for name, value in fields:
        names.append(name)
        if name.lower() != "dkim-signature":
            _check_name(name, "what sign returns")
        if name.lower() in ADDRESS_FIELDS:
            parse_mailbox(value, f"sign: {name}")
    _check_once(names, there, "with what sign returned, the message")


def _check_once(names: Iterable[str], there: Iterable[str], who: str) -> None:
    seen = {each.lower() for each in there}
    for name in names:
        if name.lower() in _ONCE and name.lower() in seen:
            raise HeaderError(f"{who} has {name!r} twice; a message has it once")
        seen.add(name.lower())


def check_pairs(headers: object, place: str = "headers") -> tuple[tuple[str, str], ...]:
    """Return a mapping or pairs as pairs of texts, whatever these say.

    Args:
        headers: A mapping, or pairs of a name and a value.
        place: What it was given as, for the error.

    Raises:
        HeaderError: It is something else.
    """
    return tuple(_pair(each, place) for each in _given(headers, place))


def _given(headers: object, place: str) -> Iterable[object]:
    if isinstance(headers, Mapping):
        return cast("Mapping[object, object]", headers).items()
    if isinstance(headers, str | bytes) or not isinstance(headers, Iterable):
        raise HeaderError(
            f"{place}: {quoted(headers)} is of type {type(headers).__name__}; expected a mapping or pairs"
        )
    return cast("Iterable[object]", headers)


def _pair(each: object, place: str) -> tuple[str, str]:
    match each:
        case [str() as name, str() as value]:
            return name, value
        case _:
            raise HeaderError(f"{place} has {quoted(each)}; expected pairs of a name and a value, both str")


def _check_name(name: str, place: str) -> None:
    if not _NAME.fullmatch(name):
        raise HeaderError(
            f"the header name {quoted(name)} is not one; expected up to 76 printable ASCII characters without a colon"
        )
    lower = name.lower()
    if lower in _FROM_CONTENT:
        raise HeaderError(f"the header {name!r} is written from the text, html and attachments")
    if lower in _OURS:
        raise HeaderError(f"the header {name!r} is not one of {place}; {_OURS[lower]}")


def _check_value(lower: str, value: str, place: str) -> None:
    check_text(value, place)
    if lower in _PROGRAMS and not _is_for_programs(value):
        raise HeaderError(
            f"{place}={quoted(value)}; expected words of up to {_LONGEST_WORD} ASCII characters, no spaces around "
            "them, and no '=?', which programs decode"
        )
    if lower == "list-id" and (not value.isascii() or "=?" in value) and not _LIST_ID.fullmatch(value):
        raise HeaderError(f"{place}={quoted(value)}; expected <news.example.org>, or Our News <news.example.org>")
    if lower == "auto-submitted":
        check_auto_submitted(value, place)
    if lower == "list-unsubscribe":
        check_list_unsubscribe(value, place)
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
            f"message_id={quoted(message_id)} is not a Message-ID; expected <left@right>, or an empty str for a new one"
        )


def format_date(date: datetime) -> str:
    """Return ``Fri, 21 Nov 2025 14:08:00 +0000`` (RFC 5322, section 3.3), whatever the locale.

    Raises:
        HeaderError: Its offset has seconds, and in UTC it is before the year 1 or after 9999.
    """
    offset = "+0000" if date.tzinfo is UTC else date.strftime("%z")
    if len(offset) != 5:
        # Offsets with seconds are those of times before time zones.
        try:
            date, offset = date.astimezone(UTC), "+0000"
        except OverflowError:
            raise HeaderError(f"date={quoted(date)} is no year of UTC; expected one from 1900 to 9998") from None
    day, month = _DAYS[date.weekday()], _MONTHS[date.month - 1]
    return f"{day}, {date.day:02} {month} {date.year:04} {date.hour:02}:{date.minute:02}:{date.second:02} {offset}"
