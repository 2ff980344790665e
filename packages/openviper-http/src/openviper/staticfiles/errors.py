"""The errors of static files.

::

    OpenViperError
    └── StaticFilesError (ValueError)    static files cannot be collected, or one is not among those that were
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from openviper.core.errors import OpenViperError

__all__ = ["StaticFilesError", "naming"]


class StaticFilesError(OpenViperError, ValueError):
    """Static files cannot be collected, or one is not among those that were."""


@contextmanager
def naming(what: str) -> Generator[None]:
    """Turn what the operating system refuses into a sentence that begins with ``what``.

    Raises:
        StaticFilesError: From each ``OSError``.
    """
    try:
        yield
    except OSError as error:
        raise StaticFilesError(f"{what}: {error.strerror or error}") from error
