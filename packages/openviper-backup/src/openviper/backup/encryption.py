"""Encryption of backups with age (https://age-encryption.org/v1), by the extra ``age`` (pyrage).

The files are standard ones: ``age --decrypt -i key.txt shop_20260131-235959.tar.gz.age`` opens them too. To encrypt
takes no secret, so that the machine that makes backups cannot read them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from openviper.backup._durable import write_all
from openviper.backup._options import several
from openviper.backup.errors import InvalidArchive, InvalidInput

if TYPE_CHECKING:
    from openviper.backup.archive import Source, Target
    from openviper.backup.job import Job

__all__ = [
    "IDENTITY_VARIABLE",
    "decrypt",
    "encrypt",
    "is_encrypted",
    "load_identities",
    "parse_recipients",
]

#: Where the path of the file with the identities is, if nothing else says so.
IDENTITY_VARIABLE = "AGE_IDENTITY_FILE"

_MAGICS = (b"age-encryption.org/v1\n", b"-----BEGIN AGE ENCRYPTED FILE-----")
_SECRET = re.compile("AGE-SECRET-KEY-|-----BEGIN", re.IGNORECASE)
_IDENTITY_LIMIT = 1 << 20
_PIECE = 1 << 20

T = TypeVar("T")

_IDENTITIES = "AGE-SECRET-KEY-1..., as age-keygen writes, or an SSH private key (ed25519, RSA) without a passphrase"


def is_encrypted(head: bytes) -> bool:
    """Tell from its first 64 bytes whether a file is age's."""
    return head.startswith(_MAGICS)


def parse_recipients(texts: Sequence[str]) -> tuple[Any, ...]:
    """Return those who will be able to decrypt: ``age1...``, ``ssh-ed25519 ...`` or ``ssh-rsa ...`` each.

    Args:
        texts: A text alone is one recipient.

    Raises:
        InvalidInput: One is none of these, or the extra is not installed. What it is, is not shown: it may be a secret.
    """
    return tuple(_recipient(text.strip(), number) for number, text in enumerate(several(texts), 1))


def _recipient(text: str, number: int) -> Any:
    pyrage = _pyrage()
    kind = pyrage.ssh if text.startswith("ssh-") else pyrage.x25519
    try:
        return kind.Recipient.from_str(text)
    except pyrage.RecipientError as error:
        if text.upper().startswith("AGE-SECRET-KEY-"):
            raise InvalidInput(
                f"Recipient {number} is an identity, which is secret; give its recipient: age1..."
            ) from None
        message = f"Recipient {number} is not an age recipient; accepted: age1..., ssh-ed25519 ..., ssh-rsa ..."
        raise InvalidInput(message) from error


def load_identities(path: str | Path | None = None) -> tuple[Any, ...]:
    """Read the identities of a file as ``age-keygen`` writes it, or of an SSH private key without a passphrase.

    Args:
        path: ``None``: the environment's ``AGE_IDENTITY_FILE``.

    Raises:
        InvalidInput: There is no such file, or no identity in it. A key in place of the path is not shown.
    """
    origin = "the identity file"
    if path is None:
        path, origin = os.environ.get(IDENTITY_VARIABLE), f"{IDENTITY_VARIABLE} (environment)"
    if not path:
        options = f"--identity-file (identity_file=), or {IDENTITY_VARIABLE} in the environment"
        raise InvalidInput(f"The backup is encrypted: an age identity file is needed: {options}")
    if _SECRET.search(str(path)):
        raise InvalidInput(f"{origin} is a secret key itself; write it into a file of mode 0600, and give its path")
    try:
        with Path(path).open("rb") as file:
            content = file.read(_IDENTITY_LIMIT)
    except OSError as error:
        raise InvalidInput(f"{str(path)!r}, {origin}, cannot be read: {error.strerror}") from error
    return _identities(content, f"{str(path)!r}, {origin},")


def _identities(content: bytes, where: str) -> tuple[Any, ...]:
    pyrage = _pyrage()
    if is_encrypted(content):
        raise InvalidInput(f"{where} has a passphrase; write it without, for this run: age --decrypt")
    try:
        if content.startswith(b"-----BEGIN"):
            return (pyrage.ssh.Identity.from_buffer(content),)
        lines = (line.strip() for line in content.decode("ascii", "replace").splitlines())
        found = tuple(pyrage.x25519.Identity.from_str(line) for line in lines if line and not line.startswith("#"))
    except pyrage.IdentityError:
        found = ()
    if not found:
        raise InvalidInput(f"{where} has no age identity in it{_instead(content)}; expected: {_IDENTITIES}")
    return found


def _instead(content: bytes) -> str:
    if content.startswith(b"-----BEGIN"):
        return ", but a key that has a passphrase, or is not one of SSH"
    return ", but a public key" if content.startswith((b"age1", b"ssh-")) else ""


def encrypt(source: Source, target: Target, recipients: Sequence[Any], job: Job, total: int | None = None) -> None:
    """Encrypt all of ``source``.

    Args:
        job: Told of the step ``encrypt``, about every MiB.
        total: Bytes of ``source``, where they are known.

    Raises:
        Interrupted: The job says so.
        OSError: What reading and writing raise.
    """
    pyrage = _pyrage()
    guarded = _Guarded(source, target, lambda done: job.progress("encrypt", done, total))
    guarded.run(lambda: pyrage.encrypt_io(guarded, guarded, list(recipients)))


def decrypt(source: Source, target: Target, identities: Sequence[Any], job: Job, total: int | None = None) -> None:
    """Decrypt all of ``source``; what was written before an error is authentic, but not whole.

    Args:
        job: Told of the step ``decrypt``, about every MiB.
        total: Bytes of ``source``, where they are known.

    Raises:
        InvalidArchive: It was changed, is torn, or none of the identities fits.
        Interrupted: The job says so.
        OSError: What reading and writing raise.
    """
    pyrage = _pyrage()
    guarded = _Guarded(source, target, lambda done: job.progress("decrypt", done, total))
    try:
        guarded.run(lambda: pyrage.decrypt_io(guarded, guarded, list(identities)))
    except (_AgeFailed, pyrage.DecryptError) as error:
        raise InvalidArchive(f"The backup cannot be decrypted: {error}") from error


class _AgeFailed(Exception):
    """age's own complaint."""


class _Guarded:
    """A file as pyrage sees it: it flattens what a callback raises to text, so that the error is kept here.

    Args:
        on_read: Told of the bytes that were read, about every MiB.
    """

    def __init__(self, source: Source, target: Target, on_read: Callable[[int], None]) -> None:
        self._source, self._target, self._on_read = source, target, on_read
        self._done = self._told = 0
        self._error: BaseException | None = None

    def run(self, work: Callable[[], object]) -> None:
        try:
            work()
        except Exception as error:
            if self._error is not None:
                raise self._error from None
            raise _AgeFailed(str(error)) from error

    def read(self, size: int) -> bytes:
        return self._keep(lambda: self._read(size))

    def write(self, data: bytes) -> int:
        return self._keep(lambda: write_all(self._target.write, data))

    def flush(self) -> None:
        """Nothing waits here."""

    def _read(self, size: int) -> bytes:
        data = self._source.read(size)
        self._done += len(data)
        if self._done >= self._told or not data:
            self._on_read(self._done)
            self._told = self._done + _PIECE
        return data

    def _keep(self, call: Callable[[], T]) -> T:
        try:
            return call()
        except BaseException as error:
            self._error = error
            raise


def _pyrage() -> Any:
    try:
        # An extra, and without types.
        for name in ("pyrage.ssh", "pyrage.x25519"):
            import_module(name)
        return import_module("pyrage")
    except ImportError as error:
        hint = "pip install 'openviper-backup[age]'"
        raise InvalidInput(f"Encryption needs pyrage, which is not installed: {hint}") from error
