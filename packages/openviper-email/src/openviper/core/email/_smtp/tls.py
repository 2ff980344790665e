"""TLS contexts: made once, since making one reads all authorities of the system (40 to 90 ms)."""

from __future__ import annotations

import asyncio
import ssl
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from openviper.conf import ImproperlyConfigured
from openviper.core.email._sending.forking import forget_in_child

if TYPE_CHECKING:
    from openviper.core.email._smtp.options import SMTPOptions

__all__ = ["check_tls_files", "tls_context"]


async def tls_context(options: SMTPOptions) -> ssl.SSLContext:
    """Return the context for the options' files: TLS 1.2 or later, certificate and name are checked.

    Files that have changed are read again.

    Raises:
        ImproperlyConfigured: A file cannot be read, or is not what it should be.
    """
    return await asyncio.to_thread(_context, options)


def check_tls_files(options: SMTPOptions) -> None:
    """Read the files that the options name, where they are needed; in the calling thread, and without connecting.

    Raises:
        ImproperlyConfigured: A file cannot be read, or is not what it should be.
    """
    if options.is_encrypted and (options.cafile, options.certfile, options.keyfile) != (None, None, None):
        _context(options)


def _context(options: SMTPOptions) -> ssl.SSLContext:
    names = ("CAFILE", "CERTFILE", "KEYFILE")
    paths = (options.cafile, options.certfile, options.keyfile)
    stamps: list[int] = []
    for name, path in zip(names, paths, strict=True):
        try:
            stamps.append(path.stat().st_mtime_ns if path is not None else 0)
        except OSError as error:
            raise ImproperlyConfigured(f"EMAIL_SSL_{name}={str(path)!r} cannot be read: {error.strerror}") from error
    # All connections of a pool are opened at once, and want the same one.
    with _lock():
        return _made(*paths, tuple(stamps))


@lru_cache(maxsize=1)
def _lock() -> Lock:
    # The parent of a forked process may be in the midst of making a context, or have its threads use one.
    forget_in_child(_lock.cache_clear, _made.cache_clear)
    return Lock()


@lru_cache(maxsize=16)
def _made(cafile: Path | None, certfile: Path | None, keyfile: Path | None, _: tuple[int, ...]) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=cafile)
    except OSError as error:
        raise ImproperlyConfigured(
            f"EMAIL_SSL_CAFILE={str(cafile)!r} is no PEM file of certificates: {error}"
        ) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if certfile is not None:
        try:
            # A password would be asked for at the terminal, by a server that has none.
            context.load_cert_chain(certfile, keyfile, password=_no_password)
        except (OSError, ValueError) as error:
            raise ImproperlyConfigured(
                f"EMAIL_SSL_CERTFILE={str(certfile)!r} and its key cannot be used: {error}"
            ) from error
    return context


def _no_password() -> str:
    raise ValueError("the key is encrypted; expected one without a password")
