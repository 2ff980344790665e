"""Mail on the terminal: what a message says, without the encodings that a server would get."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from openviper._settings.email import EmailSettings
from openviper.conf import section
from openviper.core.email._building.parts import makes_text
from openviper.core.email._sending.finished import Sign, configured_sign, finished
from openviper.core.email._sending.mailer_settings import DEFAULT, mailer_name
from openviper.core.email.headers import format_date
from openviper.core.terminal_text import harmless, harmless_line

if TYPE_CHECKING:
    from openviper.core.email.attachments import AttachmentData
    from openviper.core.email.message import EmailMessageData

__all__ = ["ConsoleBackend"]

_RULE = "─" * 78
# Of a text; somebody reads it.
_MAX_CHARACTERS = 20_000
_MAX_ADDRESSES = 20
_LONGEST_NAME = 20


class ConsoleBackend:
    """Print messages to ``sys.stdout``, each in one write; nothing is sent."""

    concurrency = 1

    def __init__(self, settings: EmailSettings | None = None) -> None:
        self._settings = settings or section(EmailSettings)
        self._sign = configured_sign(self._settings)
        self._title = _title(mailer_name(self._settings))

    @classmethod
    def from_settings(cls, settings: EmailSettings) -> ConsoleBackend:
        """Return the backend of a mailer."""
        return cls(settings)

    async def send(self, message_data: EmailMessageData, *, sign: Sign | None = None) -> None:
        """Print one message.

        Raises:
            MessageTooLarge: It has more than ``EMAIL_MAX_MESSAGE_BYTES``.
        """
        wire = await finished(message_data, self._settings, sign=sign or self._sign)
        text = "\n".join((self._title, *_lines(message_data, await _text(message_data), wire.size)))
        # Asked for now: tests and servers put other streams in its place.
        encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
        sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
        sys.stdout.flush()


def _title(mailer: str) -> str:
    place = "EMAIL_BACKEND" if mailer == DEFAULT else f"BACKEND of mailer {mailer[:_LONGEST_NAME]!r}"
    return f"── mail, not sent: {place} is 'console' {_RULE}"[:78]


async def _text(data: EmailMessageData) -> str | None:
    """Return the text that a server would get, as far as it is shown; ``None``: there is none."""
    if data.html is None or not makes_text(data):
        return data.text
    # Only for mail that has none. The builder makes it too, of all of the html.
    from openviper.core.email._rendering.html_text import text_from_html  # noqa: PLC0415

    return await asyncio.to_thread(text_from_html, data.html) or None


def _lines(data: EmailMessageData, text: str | None, size: int) -> Iterator[str]:
    for name, value in _fields(data):
        if value:
            yield f"{name + ':':<12} {harmless_line(value[:_MAX_CHARACTERS])}"
    yield ""
    if text is not None:
        yield _shortened(text)
        yield ""
    yield from _parts(data)
    yield f"{_RULE[:57]} {size:>11,} bytes ──\n"


def _fields(data: EmailMessageData) -> Iterator[tuple[str, str]]:
    yield "From", data.sender
    yield "To", _addresses(data.recipients)
    yield "Cc", _addresses(data.cc)
    yield "Bcc", _addresses(data.bcc)
    yield "Reply-To", _addresses(data.reply_to)
    yield "Subject", data.subject
    yield "Date", format_date(data.date)
    yield "Message-ID", data.message_id
    yield from data.headers


def _addresses(given: tuple[str, ...]) -> str:
    more = f", and {len(given) - _MAX_ADDRESSES:,} more" if len(given) > _MAX_ADDRESSES else ""
    return ", ".join(given[:_MAX_ADDRESSES]) + more


def _parts(data: EmailMessageData) -> Iterator[str]:
    if data.html is not None:
        yield f"[html: {len(data.html.encode('utf-8', 'replace')):,} bytes]"
    for each in data.attachments:
        yield f"[attachment: {_attachment(each)}]"


def _attachment(each: AttachmentData) -> str:
    name = harmless_line(each.filename)
    return f"{name}, {each.mimetype or 'type by content'}, {len(each.content):,} bytes"


def _shortened(text: str) -> str:
    left = len(text) - _MAX_CHARACTERS
    # Cut first: the rest need not be looked through.
    shown = harmless(text[:_MAX_CHARACTERS].replace("\r\n", "\n"))
    return f"{shown}\n[{left:,} more characters]" if left > 0 else shown
