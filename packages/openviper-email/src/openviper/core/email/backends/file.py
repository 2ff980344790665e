"""Mail as files: one ``.eml`` a message, which mail programs open.

A file begins with the envelope, as ``X-Sender`` and ``X-Receiver`` lines: the form that pickup folders of mail servers
have, whose servers take these lines away again. Below stands the message as a server would have got it.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

from openviper._settings.email import EmailSettings
from openviper.conf import ImproperlyConfigured, section
from openviper.core.email._sending.captured import Captured
from openviper.core.email._sending.finished import finished

if TYPE_CHECKING:
    from openviper.core.email._building.wire import Sign, WireMessage
    from openviper.core.email.message import EmailMessageData

__all__ = ["FileBackend", "MailFolder"]

_STAMP = "%Y%m%dT%H%M%S.%fZ"
_ENVELOPE = re.compile(rb"(?P<name>X-Sender|X-Receiver): (?P<address>[^\r\n]*)\r\n")
_NAME = re.compile(r"\d{8}T\d{6}\.\d{6}Z-[0-9a-f]{8}")


class FileBackend:
    """Write messages into ``EMAIL_FILE_PATH``; the folder is made where it is missing.

    Raises:
        ImproperlyConfigured: ``EMAIL_FILE_PATH`` is not set.
    """

    concurrency = 1

    def __init__(self, settings: EmailSettings | None = None) -> None:
        self._settings = settings or section(EmailSettings)
        if self._settings.EMAIL_FILE_PATH is None:
            raise ImproperlyConfigured("EMAIL_FILE_PATH is not set; set the folder that EMAIL_BACKEND='file' writes to")
        self._folder = MailFolder(self._settings.EMAIL_FILE_PATH)

    @classmethod
    def from_settings(cls, settings: EmailSettings) -> FileBackend:
        """Return the backend of a mailer."""
        return cls(settings)

    async def send(self, message_data: EmailMessageData, *, sign: Sign | None = None) -> None:
        """Write one message.

        Raises:
            MessageTooLarge: It has more than ``EMAIL_MAX_MESSAGE_BYTES``.
            OSError: The file cannot be written.
        """
        wire = await finished(message_data, self._settings, sign=sign)
        await asyncio.to_thread(self._folder.write, message_data, wire)


class MailFolder:
    """The ``.eml`` files of one folder; others in it are left alone."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, data: EmailMessageData, wire: WireMessage) -> Path:
        """Write a message, for its owner alone to read; the name appears when the file is complete.

        Raises:
            OSError: It cannot be written; nothing is left of it then.
        """
        self._path.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = f"{datetime.now(UTC).strftime(_STAMP)}-{token_hex(4)}"
        unfinished = self._path / f".{name}.tmp"
        try:
            with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.writelines((_envelope(data), *wire.chunks))
            return unfinished.rename(self._path / f"{name}.eml")
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise

    def list(self, limit: int | None = None) -> Sequence[Captured]:
        """Return the messages, newest first; at most ``limit`` of them."""
        found = (self._read(name) for name in self._names()[:limit])
        return tuple(each for each in found if each is not None)

    def get(self, id: str) -> Captured | None:
        """Return one message, or ``None``."""
        return self._read(id) if _NAME.fullmatch(id) else None

    def clear(self) -> None:
        """Remove all messages."""
        for name in self._names():
            (self._path / f"{name}.eml").unlink(missing_ok=True)

    def _names(self) -> Sequence[str]:
        try:
            names = [each.stem for each in self._path.iterdir() if each.suffix == ".eml" and _NAME.fullmatch(each.stem)]
        except FileNotFoundError:
            return []
        return sorted(names, reverse=True)

    def _read(self, name: str) -> Captured | None:
        try:
            content = (self._path / f"{name}.eml").read_bytes()
        except FileNotFoundError:
            return None
        sender, recipients, raw = _split(content)
        received = datetime.strptime(name.partition("-")[0], _STAMP).replace(tzinfo=UTC)
        return Captured(name, received, raw, sender, recipients)


def _envelope(data: EmailMessageData) -> bytes:
    receivers = [f"X-Receiver: {each}\r\n" for each in data.envelope_recipients]
    return "".join([f"X-Sender: {data.envelope_sender}\r\n", *receivers]).encode()


def _split(content: bytes) -> tuple[str, tuple[str, ...], bytes]:
    """Return envelope sender, recipients and message of a file, as :func:`_envelope` wrote it."""
    sender, recipients = "", list[str]()
    at = 0
    while found := _ENVELOPE.match(content, at):
        address = found["address"].decode("utf-8", "replace")
        if found["name"] == b"X-Receiver":
            recipients.append(address)
        else:
            sender = address
        at = found.end()
    return sender, tuple(recipients), content[at:]
