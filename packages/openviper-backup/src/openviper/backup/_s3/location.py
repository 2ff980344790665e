"""Where in a bucket: ``s3://bucket/prefix`` for a folder, ``s3://bucket/key`` for a file."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from os import fspath
from typing import TYPE_CHECKING

from openviper.backup.errors import InvalidInput
from openviper.backup.naming import safe_path

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Location", "local_folder", "parse_location"]

_SCHEME = "s3://"
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,62}")
_CREDENTIALS = re.compile(r"s3:/+[^/]*[:@]", re.IGNORECASE)
# Bytes; https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
_KEY_LIMIT = 1024


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a bucket; ``key``: empty, or without a slash at either end."""

    bucket: str
    key: str

    def __str__(self) -> str:
        return f"{_SCHEME}{self.bucket}/{self.key}"

    @property
    def name(self) -> str:
        """The last part of the key."""
        return self.key.rpartition("/")[2]

    def child(self, name: str) -> Location:
        """Return the place of a file in this folder.

        Raises:
            InvalidInput: Its key would be too long.
        """
        key = f"{self.key}/{name}" if self.key else name
        if len(key.encode()) > _KEY_LIMIT:
            raise InvalidInput(f"{str(self)!r} leaves no room for a backup's name: keys have {_KEY_LIMIT} bytes")
        return replace(self, key=key)

    def beside(self, suffix: str) -> Location:
        """Return the place whose name has ``suffix`` after it."""
        return replace(self, key=self.key + suffix)


def parse_location(path: str | Path) -> Location | None:
    """Take ``s3://...`` apart; ``None``: it is a path of this machine.

    Raises:
        InvalidInput: It has credentials, which are not shown, or no bucket, or a slash too few, or
            ``..`` in it, or what cannot be part of a key.
    """
    text = fspath(path)
    _check_scheme(text)
    if not text.lower().startswith(_SCHEME):
        return None
    bucket, _, key = text[len(_SCHEME) :].partition("/")
    # Refuses '..'.
    safe_path(text)
    if not _BUCKET.fullmatch(bucket):
        raise InvalidInput(f"{text!r} names no bucket; expected s3://bucket/prefix")
    if not key.isprintable() or "//" in key.strip("/"):
        raise InvalidInput(f"{text!r} has an empty or unprintable part; expected s3://bucket/prefix")
    return Location(bucket, key.strip("/"))


def _check_scheme(text: str) -> None:
    """Refuse what begins as a location does, and may have a secret in it: it is not shown."""
    if _CREDENTIALS.match(text):
        raise InvalidInput(
            "An s3:// URL has no user and no password; boto3 takes them from AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY, or from AWS_PROFILE; expected s3://bucket/prefix"
        )
    if text.lower().startswith("s3:") and not text.lower().startswith(_SCHEME):
        # A slash too few would be a folder of this machine.
        raise InvalidInput("A path begins with 's3:' and no '//'; expected s3://bucket/prefix, or ./s3:... for a file")


def local_folder(path: str | Path) -> Path:
    """Return a folder of this machine, which need not be there.

    Raises:
        InvalidInput: It is in a bucket, or as of :func:`~openviper.backup.naming.safe_path`.
    """
    if parse_location(path) is not None:
        advice = "`aws s3 ls` lists a bucket, and its lifecycle rules remove what is old"
        raise InvalidInput(f"{fspath(path)!r} is in a bucket; expected a folder: {advice}")
    return safe_path(path)
