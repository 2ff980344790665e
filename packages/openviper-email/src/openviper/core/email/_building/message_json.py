"""Messages as JSON, for queues and other processes."""

from __future__ import annotations

from binascii import Error, a2b_base64, b2a_base64
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from openviper.core.email._building.characters import quoted
from openviper.core.email.attachments import AttachmentData, detect_mimetype
from openviper.core.email.errors import InvalidMessage

if TYPE_CHECKING:
    from openviper.core.email.message import EmailMessageData

__all__ = ["message_arguments", "message_json"]

# Counted up when a reader of the version before would lose something.
_VERSION = 1
# Of one call into C, which keeps all other threads waiting; both are whole groups of base64.
_OCTETS = 786_432
_CHARACTERS = 1_048_576
# Of all attachments of a message in base64; what is already there as a text may be as much again as bytes.
_MOST_ATTACHED = 1_073_741_824


def message_json(data: EmailMessageData) -> dict[str, Any]:
    """Return a message as dicts, lists and text."""
    return {
        "version": _VERSION,
        "recipients": list(data.recipients),
        "subject": data.subject,
        "text": data.text,
        "html": data.html,
        "sender": data.sender,
        "cc": list(data.cc),
        "bcc": list(data.bcc),
        "reply_to": list(data.reply_to),
        "attachments": [_attachment_json(each) for each in data.attachments],
        "headers": [list(pair) for pair in data.headers],
        "envelope_sender": data.envelope_sender,
        "envelope_recipients": list(data.envelope_recipients),
        "message_id": data.message_id,
        "date": data.date.isoformat(),
        "using": data.using,
    }


def _attachment_json(attachment: AttachmentData) -> dict[str, Any]:
    return {
        "filename": attachment.filename,
        "content": "".join(_base64(attachment.content)),
        "mimetype": attachment.mimetype,
        "content_id": attachment.content_id,
    }


def _base64(content: bytes) -> Iterator[str]:
    view = memoryview(content)
    for start in range(0, len(content), _OCTETS):
        yield b2a_base64(view[start : start + _OCTETS], newline=False).decode("ascii")


def message_arguments(mapping: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a message is made of, from what :func:`message_json` returned.

    Raises:
        InvalidMessage: A key is missing or not known, a value is of another type, or the version is another.
    """
    if not isinstance(mapping, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance] - JSON from elsewhere
        raise InvalidMessage(f"a message is of type {type(mapping).__name__}; expected a mapping, as to_json() returns")
    version = mapping.get("version")
    # True and 1.0 are equal to 1, and no version that was ever written.
    if type(version) is not int or version != _VERSION:
        raise InvalidMessage(f"the message's version={quoted(version)}; this openviper-email reads {_VERSION}")
    return _read({key: value for key, value in mapping.items() if key != "version"}, _READERS, "message")


def _read(mapping: Mapping[str, Any], readers: Mapping[str, Callable[[Any, str], Any]], place: str) -> dict[str, Any]:
    if mapping.keys() != readers.keys():
        wrong = sorted(map(str, mapping.keys() ^ readers.keys()))
        raise InvalidMessage(f"{place} has the wrong keys: {quoted(wrong)} are missing or not known")
    return {key: reader(mapping[key], f"{place}.{key}") for key, reader in readers.items()}


def _refuse(value: object, place: str, expected: str) -> InvalidMessage:
    return InvalidMessage(f"{place}={quoted(value)} is of type {type(value).__name__}; expected {expected}")


def _text(value: object, place: str) -> str:
    if not isinstance(value, str):
        raise _refuse(value, place, "a str")
    return value


def _text_or_none(value: object, place: str) -> str | None:
    return None if value is None else _text(value, place)


def _filled(value: object, place: str) -> str:
    # Empty would be made anew, and differ from one attempt to the next.
    if not _text(value, place):
        raise InvalidMessage(f"{place} is empty; a message that was made has one")
    return cast("str", value)


def _list(value: object, place: str) -> list[Any]:
    if not isinstance(value, list):
        raise _refuse(value, place, "a list")
    return value  # pyright: ignore[reportUnknownVariableType]


def _texts(value: object, place: str) -> list[str]:
    return [_text(each, f"{place}[{index}]") for index, each in enumerate(_list(value, place))]


def _some_texts(value: object, place: str) -> list[str]:
    if not _texts(value, place):
        raise InvalidMessage(f"{place} is empty; a message that was made has some")
    return cast("list[str]", value)


def _pairs(value: object, place: str) -> list[tuple[str, ...]]:
    pairs = [tuple(_texts(each, f"{place}[{index}]")) for index, each in enumerate(_list(value, place))]
    if any(len(pair) != 2 for pair in pairs):
        raise InvalidMessage(f"{place}={quoted(value)}; expected pairs of a name and a value")
    return pairs


def _date(value: object, place: str) -> datetime:
    try:
        return datetime.fromisoformat(_text(value, place))
    except ValueError:
        raise InvalidMessage(f"{place}={quoted(value)}; expected an ISO 8601 time with its zone") from None


def _content(value: object, place: str) -> bytes:
    text = _text(value, place)
    try:
        pieces = [text[start : start + _CHARACTERS] for start in range(0, len(text), _CHARACTERS)]
        return b"".join(a2b_base64(piece, strict_mode=True) for piece in pieces)
    except (Error, ValueError) as error:
        raise InvalidMessage(f"{place} is not base64: {error}") from None


def _attachments(value: object, place: str) -> list[AttachmentData]:
    every = _list(value, place)
    size = sum(map(_size, every))
    if size > _MOST_ATTACHED:
        raise InvalidMessage(f"{place} has {size:,} characters of base64; expected at most {_MOST_ATTACHED:,}")
    return [_attachment(each, f"{place}[{index}]") for index, each in enumerate(every)]


def _size(value: object) -> int:
    content: object = cast("Mapping[str, object]", value).get("content") if isinstance(value, Mapping) else None
    return len(content) if isinstance(content, str) else 0


def _attachment(value: object, place: str) -> AttachmentData:
    if not isinstance(value, Mapping):
        raise _refuse(value, place, "a mapping")
    read = _read(cast("Mapping[str, Any]", value), _ATTACHMENT_READERS, place)
    content: bytes = read.pop("content")
    read["mimetype"] = detect_mimetype(read["filename"], content, read["mimetype"])
    attachment = AttachmentData(content=b"", **read)
    # MAX_ATTACHMENT_BYTES is for what is accepted. This was, and is delivered, whatever is accepted today.
    object.__setattr__(attachment, "content", content)
    return attachment


_ATTACHMENT_READERS: Mapping[str, Callable[[Any, str], Any]] = {
    "filename": _text,
    "content": _content,
    "mimetype": _text_or_none,
    "content_id": _text_or_none,
}
_READERS: Mapping[str, Callable[[Any, str], Any]] = {
    "recipients": _texts,
    "subject": _text,
    "text": _text_or_none,
    "html": _text_or_none,
    "sender": _filled,
    "cc": _texts,
    "bcc": _texts,
    "reply_to": _texts,
    "attachments": _attachments,
    "headers": _pairs,
    "envelope_sender": _text,
    "envelope_recipients": _some_texts,
    "message_id": _filled,
    "date": _date,
    "using": _text,
}
