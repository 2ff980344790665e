"""Mail as files: one ``.eml`` a message, which mail programs open.

A file begins with the envelope, as ``X-Sender`` and ``X-Receiver`` lines: the form that pickup folders of mail servers
have, whose servers take these lines away again. Below stands the message as a server would have got it.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, BinaryIO

from openviper._settings.email import EmailSettings
from openviper.conf import ImproperlyConfigured, section
from openviper.core.email._sending.captured import LONGEST_HEADER, Captured, CapturedHead
from openviper.core.email._sending.finished import configured_sign, finished
from openviper.core.email.errors import HeaderError

if TYPE_CHECKING:
    from openviper.core.email._building.wire import Sign, WireMessage
    from openviper.core.email.message import EmailMessageData

__all__ = ["FileBackend", "MailFolder"]

_STAMP = "%Y%m%dT%H%M%S.%fZ"
_ENVELOPE = re.compile(rb"(?P<name>X-Sender|X-Receiver): (?P<address>[^\r\n]*)\r\n")
_LIKE_ENVELOPE = re.compile(rb"x-(?:sender|receiver)[ \t]*:", re.IGNORECASE)
_PIECE = 65_536
_NAME = re.compile(r"\d{8}T\d{6}\.\d{6}Z-[0-9a-f]{8}")


class FileBackend:
    """Write messages into ``EMAIL_FILE_PATH``; the folder is made where it is missing.

    Raises:
        ImproperlyConfigured: ``EMAIL_FILE_PATH`` is not set.
    """

    concurrency = 1

    def __init__(self, settings: EmailSettings | None = None) -> None:
        self._settings = settings or section(EmailSettings)
        self._sign = configured_sign(self._settings)
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
            HeaderError: What ``sign`` returned begins with a header that would be read as the envelope.
            OSError: The file cannot be written.
        """
        wire = await finished(message_data, self._settings, sign=sign or self._sign)
        await asyncio.to_thread(self._folder.write, message_data, wire)


class MailFolder:
    """The ``.eml`` files of one folder; others in it are left alone."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, data: EmailMessageData, wire: WireMessage) -> Path:
        """Write a message, for its owner alone to read; the name appears when the file is complete.

        Raises:
            HeaderError: The message itself begins with a header that would be read as the envelope.
            OSError: It cannot be written; nothing is left of it then.
        """
        _check_beginning(next(iter(wire.chunks)))
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

    def kept(self) -> Sequence[tuple[datetime, str]]:
        """Return when each message was kept, and its id, newest first; both are in the names of the files."""
        return tuple((received, name) for name in self._names() if (received := _received(name)))

    def head(self, id: str) -> CapturedHead | None:
        """Return what a list shows of one message, or ``None``; of its file only the header is read."""
        return self._read_head(id) if _received(id) else None

    def list(self, limit: int | None = None) -> Sequence[Captured]:
        """Return the messages, newest first; at most ``limit`` of them."""
        found = (self._read(name) for name in self._names()[:limit])
        return tuple(each for each in found if each is not None)

    def get(self, id: str) -> Captured | None:
        """Return one message, or ``None``."""
        return self._read(id) if _received(id) else None

    def remove(self, ids: Iterable[str]) -> None:
        """Remove these messages."""
        for name in filter(_received, ids):
            (self._path / f"{name}.eml").unlink(missing_ok=True)

    def clear(self) -> None:
        """Remove all messages."""
        self.remove(self._names())

    def _names(self) -> Sequence[str]:
        try:
            names = [each.stem for each in self._path.iterdir() if each.suffix == ".eml" and _received(each.stem)]
        except FileNotFoundError:
            return []
        return sorted(names, reverse=True)

    def _read(self, name: str) -> Captured | None:
        received = _received(name)
        try:
            content = (self._path / f"{name}.eml").read_bytes()
        except FileNotFoundError:
            return None
        sender, recipients, at = _envelope_of(content)
        return Captured(name, received, content[at:], sender, recipients) if received else None

    def _read_head(self, name: str) -> CapturedHead | None:
        received = _received(name)
        try:
            with (self._path / f"{name}.eml").open("rb") as file:
                content, size = _beginning(file), os.fstat(file.fileno()).st_size
        except FileNotFoundError:
            return None
        sender, recipients, at = _envelope_of(content)
        return CapturedHead(name, received, content[at:], size - at, sender, recipients) if received else None


def _received(name: str) -> datetime | None:
    """Return when a message came, from the name of its file; ``None``: it is not a file of ours."""
    if not _NAME.fullmatch(name):
        return None
    try:
        return datetime.strptime(name.partition("-")[0], _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None


def _beginning(file: BinaryIO) -> bytes:
    """Return a file up to the empty line behind the header, and that too."""
    content = b""
    while len(content) < LONGEST_HEADER and (piece := file.read(_PIECE)):
        before = max(len(content) - 3, 0)
        content += piece
        end = content.find(b"\r\n\r\n", before)
        if end >= 0:
            return content[: end + 4]
    return content


def _check_beginning(chunk: bytes) -> None:
    if found := _LIKE_ENVELOPE.match(chunk):
        raise HeaderError(
            f"the message begins with {found[0].decode()!r}, by which EMAIL_BACKEND='file' names the envelope; "
            "sign= (EMAIL_SIGN) must not return it"
        )


def _envelope(data: EmailMessageData) -> bytes:
    receivers = [f"X-Receiver: {each}\r\n" for each in data.envelope_recipients]
    return "".join([f"X-Sender: {data.envelope_sender}\r\n", *receivers]).encode()


def _envelope_of(content: bytes) -> tuple[str, tuple[str, ...], int]:
    """Return sender and recipients of a file, as :func:`_envelope` wrote them, and where the message begins."""
    sender, recipients = "", list[str]()
    at = 0
    while found := _ENVELOPE.match(content, at):
        address = found["address"].decode("utf-8", "replace")
        if found["name"] == b"X-Receiver":
            recipients.append(address)
        else:
            sender = address
        at = found.end()
    return sender, tuple(recipients), at
