"""A file is read, and what is read is hashed, while the bytes before are worked on."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType

    from openviper.backup.archive.hashing import Source

__all__ = ["ReadAhead"]

_PIECE = 1 << 18


class ReadAhead:
    """A source whose next 256 KiB another thread is reading; left, nothing reads from ``source`` any more.

    Args:
        source: Read by that thread alone, from where it stands.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._pool = ThreadPoolExecutor(1, "openviper-backup-read-ahead")
        self._next = self._begin()
        self._data = memoryview(b"")

    def __enter__(self) -> ReadAhead:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._pool.shutdown()

    def read(self, size: int) -> bytes:
        """Return the next bytes: up to ``size`` of them, none at the end.

        Raises:
            Exception: What reading from ``source`` raised.
        """
        if not self._data:
            self._data = memoryview(self._next.result())
            if self._data:
                self._next = self._begin()
        data, self._data = self._data[:size], self._data[size:]
        return bytes(data)

    def _begin(self) -> Future[bytes]:
        return self._pool.submit(self._source.read, _PIECE)
