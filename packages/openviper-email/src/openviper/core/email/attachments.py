"""What is attached to a message: bytes, files from folders that allow it, and what URLs answer.

::

    from openviper.core.email import AttachmentData, attachments, send_email

    attachments.ATTACHMENT_ALLOWED_DIRS = ["/var/app/uploads"]

    await send_email("ada@example.org", "Report", "See attached.", attachments=[
        AttachmentData("report.csv", b"a,b\\n1,2"),                 # or a tuple, a dict, or the bytes alone
        "/var/app/uploads/debug.log",                              # a file
        "https://example.com/data.csv",                            # fetched, from public addresses only
    ])
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from openviper.core.email._mimetypes import detect_mimetype
from openviper.core.email._networks import is_private_hostname, validate_public_ip_address
from openviper.core.email.errors import AttachmentError

__all__ = [
    "ALLOWED_URL_PORTS",
    "ALLOWED_URL_SCHEMES",
    "ATTACHMENT_ALLOWED_DIRS",
    "MAX_ATTACHMENT_BYTES",
    "AttachmentData",
    "detect_mimetype",
    "is_private_hostname",
    "resolve_attachments",
    "resolve_file_attachment",
    "validate_public_ip_address",
]

#: The folders that files may be attached from, with all below them; empty: none.
ATTACHMENT_ALLOWED_DIRS: list[str] = []
#: Of a single attachment, however it is given.
MAX_ATTACHMENT_BYTES: int = 26_214_400
#: What URLs may begin with; others than these two are not known.
ALLOWED_URL_SCHEMES: set[str] = {"http", "https"}
#: Where their servers may listen.
ALLOWED_URL_PORTS: set[int] = {80, 443}

# One of bytes, AttachmentData, a dict, a tuple, a path, a URL.
Attachment: TypeAlias = Any

# What a name must not have: controls, separators of lines, what turns the direction of text (``exe.fdp`` for
# ``pdf.exe``), halves of characters, and folders (RFC 2183, section 2.3).
_UNFIT = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069\\ud800-\\udfff/\\\\]")
_CONTENT_ID = re.compile(r"[A-Za-z0-9!#$&'*+/=?^_`{|}~.@-]{1,255}")


@dataclass(frozen=True, slots=True)
class AttachmentData:
    """An attachment, ready to be sent.

    Raises:
        AttachmentError: The name, the type or the id cannot stand in a message, or the content is no bytes or more
            than ``MAX_ATTACHMENT_BYTES``.
    """

    #: Without folders, up to 255 characters. CR and LF are taken out of it.
    filename: str
    #: ``bytes``, ``bytearray`` or ``memoryview``; kept as ``bytes``.
    content: bytes = field(repr=False)
    #: ``type/subtype``. ``None``: found in the content, else by the name; so it is never ``None`` afterwards.
    mimetype: str | None = None
    #: For an image that ``<img src="cid:logo">`` shows: ``logo``. ``None``: not inline.
    content_id: str | None = None

    def __post_init__(self) -> None:
        if type(self.content) is not bytes:
            object.__setattr__(self, "content", _as_bytes(self.content))
        check_size(len(self.content), self.filename)
        filename = _filename(self.filename)
        if filename != self.filename:
            object.__setattr__(self, "filename", filename)
        object.__setattr__(self, "mimetype", detect_mimetype(filename, self.content, self.mimetype))
        if self.content_id is not None:
            _check_content_id(self.content_id)


def _as_bytes(content: object) -> bytes:
    if isinstance(content, bytes | bytearray | memoryview):
        return bytes(content)
    hint = "; give text as text.encode(), a file as its path" if isinstance(content, str) else ""
    raise AttachmentError(f"the content of an attachment is a {type(content).__name__}; expected bytes{hint}")


def check_size(size: int, name: object) -> None:
    """Refuse what is larger than a single attachment may be."""
    if size > MAX_ATTACHMENT_BYTES:
        raise AttachmentError(
            f"attachment {name!r:.300} has {size} bytes; attachments.MAX_ATTACHMENT_BYTES is {MAX_ATTACHMENT_BYTES}"
        )


def _filename(given: object) -> str:
    if not isinstance(given, str):
        raise AttachmentError(f"filename={given!r:.300} is a {type(given).__name__}; expected a str")
    name = given.replace("\r", "").replace("\n", "") if "\r" in given or "\n" in given else given
    unfit = _UNFIT.search(name)
    if unfit:
        raise AttachmentError(f"filename={given!r:.300} has {unfit[0]!r}; expected a name without folders and controls")
    if not 0 < len(name) <= 255 or name in {".", ".."}:
        raise AttachmentError(f"filename={given!r:.300} is no name; expected one to 255 characters, not '.' or '..'")
    return name


def _check_content_id(given: object) -> None:
    if not isinstance(given, str) or not _CONTENT_ID.fullmatch(given):
        raise AttachmentError(
            f"content_id={given!r:.300} is no id; expected ASCII letters, digits and marks without <, > and spaces, "
            "such as 'logo', to be shown by <img src=\"cid:logo\">"
        )


async def resolve_attachments(
    attachments: Iterable[Attachment],
    *,
    timeout: float = 20.0,  # noqa: ASYNC109 - of all of them together
) -> list[AttachmentData]:
    """Return what each of several inputs stands for, in their order.

    Args:
        attachments: Of any of these kinds: the bytes; :class:`AttachmentData`; a tuple ``(filename, content)`` or
            ``(filename, content, mimetype)``; a path, as ``str`` or ``Path``; a URL; a mapping with one of
            ``content``, ``path`` and ``url``, and with ``filename``, ``mimetype`` and ``content_id`` as needed.
        timeout: Seconds for all files and URLs.

    Raises:
        AttachmentError: One of them is refused or cannot be had. The others are given up.
    """
    raise NotImplementedError


def resolve_file_attachment(path: str | os.PathLike[str]) -> AttachmentData:
    """Read a file below one of ``ATTACHMENT_ALLOWED_DIRS``, in the calling thread.

    Raises:
        AttachmentError: It is elsewhere, no regular file, too large, or cannot be read; or no folder is allowed.
    """
    raise NotImplementedError
