"""Code that is meant to have no side effects, a manifest: those it has all the same are put back, and told."""

from __future__ import annotations

import io
import os
import sys
from contextlib import redirect_stdout, suppress
from typing import TYPE_CHECKING, Self

from openviper.core.terminal_text import harmless_line

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["Containment"]


class Containment:
    """A block whose code neither prints to stdout nor changes the current directory, ``sys.path`` or ``os.environ``."""

    def __init__(self) -> None:
        #: What was put back or kept, when the block has ended: ``"changed sys.path"``, ...
        self.deeds: list[str] = []
        self._printed = io.StringIO()
        self._stdout = redirect_stdout(self._printed)

    def __enter__(self) -> Self:
        self._directory = _current_directory()
        self._path, self._entries = sys.path, list(sys.path)
        self._environment = os.environ.copy()
        self._stdout.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stdout.__exit__(kind, error, trace)
        if text := self._printed.getvalue().strip():
            self.deeds.append(f"printed {harmless_line(text[:60])!r}")
        if sys.path is not self._path or self._path != self._entries:
            self._path[:] = self._entries
            sys.path = self._path
            self.deeds.append("changed sys.path")
        if os.environ.copy() != self._environment:
            os.environ.clear()
            os.environ.update(self._environment)
            self.deeds.append("changed os.environ")
        if self._directory is not None and _current_directory() != self._directory:
            with suppress(OSError):
                os.chdir(self._directory)
            self.deeds.append("changed the current directory")


def _current_directory() -> str | None:
    try:
        return os.getcwd()  # noqa: PTH109 - read before and after every manifest
    except OSError:
        # It was deleted.
        return None
