"""Reading a file that may have been named by somebody else, from folders that allow it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO, cast

from openviper.core.email._attaching.beneath import HAS_DIR_FD, NotRegular, check_regular, open_beneath
from openviper.core.email.errors import AttachmentError
from openviper.core.errors import ImproperlyConfigured

__all__ = ["read_file"]

# Of a path: Linux's PATH_MAX.
_LONGEST = 4_096


def read_file(path: str | os.PathLike[str], folders: Iterable[str | os.PathLike[str]], limit: int) -> tuple[str, bytes]:
    """Return the name of a file, as its path was given, and what is in it, as of the moment when it was opened.

    The path is resolved, with all links, and has to be in one of the folders, which are resolved too. Then it is
    opened part by part from there, following no link: what is exchanged in between leads nowhere. Its kind and size
    are those of the open file.

    Args:
        path: A relative one begins at the current folder.
        folders: Those that are allowed, with all below them.
        limit: The most bytes.

    Raises:
        AttachmentError: It is elsewhere, no regular file, too large, or cannot be read; or no folder is allowed.
        ImproperlyConfigured: The folders are no list of paths.
    """
    text = _text(path)
    try:
        roots = [Path(os.path.realpath(folder)) for folder in _checked(folders)]
        real = Path(os.path.realpath(text))
        root = _root(roots, real, text)
        with open(_open(root, real), "rb") as file:
            return Path(text).name, _read(file, text, limit)
    except NotRegular as error:
        raise _unfit(text, f"is {error}; expected a regular file") from None
    except OSError as error:
        raise _unfit(text, f"cannot be read: {error.strerror}") from error


def _text(path: Any) -> str:
    try:
        text = cast("object", os.fspath(path))
    except Exception as error:
        # An object of the program's own.
        raise AttachmentError(f"a {type(path).__name__} gives no path: {error!s:.200}") from error
    if not isinstance(text, str) or not text or "\0" in text or len(text) > _LONGEST:
        raise _unfit(text, f"is no path; expected one to {_LONGEST} characters without NUL")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _unfit(text, "has half a character, so that no message can show its name; rename it") from None
    return text


def _checked(folders: Any) -> list[str | os.PathLike[str]]:
    if isinstance(folders, str | bytes | os.PathLike) or not isinstance(folders, Iterable):
        # Each character of it would be taken for a folder: the first is usually the root of everything.
        raise ImproperlyConfigured(
            f"attachments.ATTACHMENT_ALLOWED_DIRS={folders!r:.300}; expected a list of folders: [{folders!r:.300}]"
        )
    every: list[Any] = list(cast("Iterable[Any]", folders))  # type: ignore[redundant-cast]
    wrong = [folder for folder in every if not _is_path(folder)]
    if wrong:
        raise ImproperlyConfigured(
            f"attachments.ATTACHMENT_ALLOWED_DIRS has {wrong[0]!r:.300}; expected paths of folders"
        )
    return every


def _is_path(folder: object) -> bool:
    return isinstance(folder, os.PathLike) or (isinstance(folder, str) and folder != "" and "\0" not in folder)


def _root(roots: list[Path], real: Path, text: str) -> Path:
    """Return the allowed folder that a file is in."""
    if not roots:
        raise _unfit(
            text,
            "is not attached, as files are disabled: openviper.core.email.attachments.ATTACHMENT_ALLOWED_DIRS is empty "
            "(a variable of the module, not a setting); put the folders there that they may come from",
        )
    for root in roots:
        if real.is_relative_to(root):
            return root
    # The same, whether there is such a file or not.
    raise _unfit(text, "is outside of the folders in openviper.core.email.attachments.ATTACHMENT_ALLOWED_DIRS")


def _open(root: Path, real: Path) -> int:
    """Return a descriptor of the file, reached from the folder without any link."""
    if not HAS_DIR_FD:
        raise _unfit(str(real), "cannot be opened without following links on this system; read it, and give the bytes")
    return open_beneath(root, real)


def _read(file: BinaryIO, text: str, limit: int) -> bytes:
    status = os.fstat(file.fileno())
    check_regular(status)
    if status.st_size > limit:
        raise _unfit(text, f"has {status.st_size} bytes; attachments.MAX_ATTACHMENT_BYTES is {limit}")
    # A log that grows is attached as it was. What has content and no size is made while it is read, as in /proc.
    content = cast("bytes | None", file.read(status.st_size or 1))
    if content is None:
        raise _unfit(text, "has nothing yet, and would have to be waited for; it is no file")
    if len(content) != status.st_size:
        raise _unfit(text, f"has {status.st_size} bytes, and was read as {len(content)}; it is written to, or no file")
    return content


def _unfit(path: object, why: str) -> AttachmentError:
    return AttachmentError(f"file {path!r:.300} {why}")
