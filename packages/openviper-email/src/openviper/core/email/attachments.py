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

import asyncio
import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

from openviper.core.email._attaching.deadlines import Deadline, load_client
from openviper.core.email._attaching.filenames import check_content_id, check_filename
from openviper.core.email._attaching.mimetypes import detect_mimetype, extension_of
from openviper.core.email.errors import AttachmentError
from openviper.core.errors import ImproperlyConfigured

if TYPE_CHECKING:
    from openviper.core.email._attaching.attachment_inputs import AttachmentSource
    from openviper.core.email._attaching.networks import is_private_hostname, validate_public_ip_address
    from openviper.core.email._attaching.redirects import NoRedirectHandler

__all__ = [
    "ALLOWED_URL_PORTS",
    "ALLOWED_URL_SCHEMES",
    "ATTACHMENT_ALLOWED_DIRS",
    "MAX_ATTACHMENT_BYTES",
    "MOST_ATTACHMENTS",
    "AttachmentData",
    "AttachmentInput",
    "NoRedirectHandler",
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
#: Of a message; not to be changed.
MOST_ATTACHMENTS: Final = 1_000

_MODULES = {
    "NoRedirectHandler": "redirects",
    "is_private_hostname": "networks",
    "validate_public_ip_address": "networks",
}


@dataclass(frozen=True, slots=True)
class AttachmentData:
    """An attachment, ready to be sent.

    Raises:
        AttachmentError: The name, the type or the id cannot stand in a message, or the content is no bytes or more
            than ``MAX_ATTACHMENT_BYTES``.
    """

    #: Without folders, up to 255 characters. CR, LF and what shows nothing are taken out of it: marks of direction,
    #: with which ``pdf.exe`` can be shown as ``exe.pdf``, and spaces without width. Overrides of direction are refused.
    filename: str
    #: ``bytes``, ``bytearray`` or ``memoryview``; kept as ``bytes``.
    content: bytes = field(repr=False)
    #: ``type/subtype``. ``None``: found in the content, else by the name; so it is never ``None`` afterwards.
    mimetype: str | None = None
    #: For an image that ``<img src="cid:logo">`` shows: ``logo``. ``None``: not inline.
    content_id: str | None = None

    def __post_init__(self) -> None:
        filename = check_filename(self.filename)
        if filename != self.filename:
            object.__setattr__(self, "filename", filename)
        if type(self.content) is not bytes:
            object.__setattr__(self, "content", _as_bytes(self.content))
        if len(self.content) > _limit():
            raise AttachmentError(
                f"attachment {filename!r} has {len(self.content)} bytes; attachments.MAX_ATTACHMENT_BYTES is {_limit()}"
            )
        object.__setattr__(self, "mimetype", detect_mimetype(filename, self.content, self.mimetype))
        if self.content_id is not None:
            check_content_id(self.content_id)


_Pair: TypeAlias = tuple[str, bytes] | tuple[str, bytes, str | None]
#: What can be attached; see :func:`resolve_attachments`.
AttachmentInput: TypeAlias = (
    AttachmentData | bytes | bytearray | memoryview | _Pair | str | os.PathLike[str] | Mapping[str, object]
)


def _as_bytes(content: object) -> bytes:
    if isinstance(content, bytes | bytearray):
        return bytes(content)
    if isinstance(content, memoryview):
        return content.tobytes()
    # Not encoded: it may as well be the path of a file, whose name would then be what arrives.
    hint = "; give text as text.encode(), a file as its path" if isinstance(content, str) else ""
    raise AttachmentError(f"the content of an attachment is a {type(content).__name__}; expected bytes{hint}")


def _limit() -> int:
    limit: object = MAX_ATTACHMENT_BYTES
    if type(limit) is int and limit >= 0:
        return limit
    raise ImproperlyConfigured(f"attachments.MAX_ATTACHMENT_BYTES={limit!r:.100}; expected a number of bytes")


def _allowed(name: str, given: Any, kind: type, example: str) -> frozenset[Any]:
    if isinstance(given, Collection) and not isinstance(given, str | bytes):
        every = list(cast("Collection[object]", given))
        if all(type(each) is kind for each in every):
            return frozenset(every)
    raise ImproperlyConfigured(f"attachments.{name}={given!r:.100}; expected a set such as {example}")


async def resolve_attachments(
    attachments: Iterable[AttachmentInput],
    *,
    timeout: float = 20.0,  # noqa: ASYNC109 - of all of them together
) -> list[AttachmentData]:
    """Return what each of several inputs stands for, in their order. Files and URLs are read at the same time.

    Args:
        attachments: Up to 1,000, of any of these kinds: the bytes, named ``attachment-1.pdf`` by place and type;
            :class:`AttachmentData`; a tuple ``(filename, content)`` or ``(filename, content, mimetype)``; a path, as
            ``str`` or ``Path``; a URL; a mapping with one of ``content``, ``path`` and ``url``, and with ``filename``,
            ``mimetype`` and ``content_id`` as needed.
        timeout: Seconds for all files and URLs together.

    Raises:
        AttachmentError: There are too many, and none is read; or one of them is refused or cannot be had, with its
            place. The others are given up.
        ImproperlyConfigured: An attribute of this module cannot be used.
    """
    _check_list(attachments)
    every = list(islice(attachments, MOST_ATTACHMENTS + 1))
    if len(every) > MOST_ATTACHMENTS:
        raise AttachmentError(f"attachments has more than {MOST_ATTACHMENTS}; send an archive, or several messages")
    ready = [given for given in every if isinstance(given, AttachmentData)]
    if len(ready) == len(every):
        return ready
    deadline = Deadline(timeout)
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_resolve(place, given, deadline)) for place, given in enumerate(every)]
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from failures.exceptions[0].__cause__
    return [task.result() for task in tasks]


def _check_list(given: object) -> None:
    kind = type(given).__name__
    single = isinstance(given, str | bytes | bytearray | memoryview | Mapping | AttachmentData)
    if single or not isinstance(given, Iterable):
        raise AttachmentError(f"attachments is a {kind}; expected a list of attachments")
    if isinstance(given, tuple) and _is_pair(cast("tuple[object, ...]", given)):
        raise AttachmentError(f"attachments is a (filename, content) pair, of {given[0]!r:.100}; put it in a list")


def _is_pair(given: tuple[object, ...]) -> bool:
    # Not a file and then bytes: which folder the file is in would be said.
    match given:
        case (str() as name, bytes() | bytearray() | memoryview(), *more) if len(more) < 2:
            return "/" not in name and "\\" not in name and all(isinstance(each, str) for each in more)
        case _:
            return False


async def _resolve(place: int, given: AttachmentInput, deadline: Deadline) -> AttachmentData:
    if isinstance(given, AttachmentData):
        return given
    from openviper.core.email._attaching.attachment_inputs import source_of  # noqa: PLC0415 - not for AttachmentData

    try:
        source = source_of(given)
        name, content = await _read(source, deadline)
        if source.filename is not None:
            name = source.filename
        if name is None:
            name = f"attachment-{place + 1}{extension_of(detect_mimetype('', content, source.mimetype))}"
        return AttachmentData(name, content, source.mimetype, source.content_id)
    except AttachmentError as error:
        raise AttachmentError(f"attachments[{place}]: {error}") from error.__cause__


async def _read(source: AttachmentSource, deadline: Deadline) -> tuple[str | None, bytes]:
    """Return the name that a content has where it comes from, and the content."""
    if source.kind == "content":
        return None, _as_bytes(source.value)
    if source.kind == "path":
        return await deadline.in_thread(f"file {source.value!r:.300} was not read", lambda: _read_file(source.value))
    await load_client(deadline)
    from openviper.core.email.fetch import FetchLimits, fetch  # noqa: PLC0415 - it is there now

    schemes = _allowed("ALLOWED_URL_SCHEMES", ALLOWED_URL_SCHEMES, str, "{'https'}")
    ports = _allowed("ALLOWED_URL_PORTS", ALLOWED_URL_PORTS, int, "{443}")
    limits = FetchLimits(schemes=schemes, ports=ports, size=_limit(), deadline=deadline)
    fetched = await fetch(source.value, limits)
    return fetched.filename, fetched.content


def _read_file(path: str | os.PathLike[str]) -> tuple[str, bytes]:
    from openviper.core.email._attaching.files import read_file  # noqa: PLC0415 - only for paths

    return read_file(path, ATTACHMENT_ALLOWED_DIRS, _limit())


def resolve_file_attachment(path: str | os.PathLike[str]) -> AttachmentData:
    """Read a file from one of ``ATTACHMENT_ALLOWED_DIRS``, in the calling thread.

    Raises:
        AttachmentError: It is elsewhere, no regular file, too large, or cannot be read; or no folder is allowed.
        ImproperlyConfigured: ``ATTACHMENT_ALLOWED_DIRS`` or ``MAX_ATTACHMENT_BYTES`` cannot be used.
    """
    return AttachmentData(*_read_file(path))


def __getattr__(name: str) -> Any:
    # What has to do with networks; who attaches bytes does not load it.
    if name in _MODULES:
        return getattr(import_module(f"openviper.core.email._attaching.{_MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
