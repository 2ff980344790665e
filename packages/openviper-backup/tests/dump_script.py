"""An engine whose dump comes from memory, and which fails where it is told to; for tests of what stands around one."""

from __future__ import annotations

import random
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from openviper.backup._writing.making import Order
from openviper.backup.archive import choose_compression
from openviper.backup.engines.base import DumpOptions
from openviper.backup.errors import Interrupted, StorageFailed
from openviper.backup.naming import FileName
from openviper.backup.url import DatabaseURL

MOMENT = datetime(2026, 1, 31, 23, 59, 58, tzinfo=UTC)


@dataclass
class ScriptedEngine:
    """An engine that dumps ``content``.

    Attributes:
        size: What it says before the end.
        fails: Raised behind the last byte.
        fails_at_finish: Raised by ``finish``.
        row_counts: What it has counted.
        repeat: How many times ``content`` comes.
        pause: Seconds before each piece.
        steps: What was done with it.
    """

    content: bytes = b"INSERT INTO things VALUES (1);\n" * 100_000
    size: int | None = None
    fails: BaseException | None = None
    fails_at_finish: BaseException | None = None
    row_counts: dict[str, int] | None = None
    repeat: int = 1
    pause: float = 0
    steps: list[str] = field(default_factory=list)
    name: str = "script"
    title: str = "Script"
    options: frozenset[str] = frozenset({"count_rows"})

    def recognises(self, head):
        return head.startswith(b"INSERT")

    @contextmanager
    def dump(self, url, options, job):
        self.steps.append("begin")
        try:
            yield ScriptedDump(self)
        finally:
            self.steps.append("end")


class ScriptedDump:
    """The dump."""

    def __init__(self, engine: ScriptedEngine) -> None:
        self._engine = engine
        self._left = engine.repeat
        self._pending = b""
        self.size = engine.size

    def read(self, size):
        time.sleep(self._engine.pause)
        while self._left and len(self._pending) < size:
            self._pending += self._engine.content
            self._left -= 1
        data, self._pending = self._pending[:size], self._pending[size:]
        if len(data) < size and self._engine.fails is not None:
            raise self._engine.fails
        return data

    def finish(self):
        self._engine.steps.append("finish")
        if self._engine.fails_at_finish is not None:
            raise self._engine.fails_at_finish
        return self._engine.row_counts, ("a note",)


def order(folder: Path, engine: ScriptedEngine | None = None, *, compress=True, fast=False, recipients=(), name="shop"):
    """What a test has made, in ``folder``."""
    extension = (".tar.gz" if compress else ".sql") + (".age" if recipients else "")
    return Order(
        engine=engine or ScriptedEngine(),
        url=DatabaseURL("script", "shop"),
        name=FileName(name, MOMENT, extension),
        options=DumpOptions(folder),
        compression=choose_compression(fast=fast) if compress else None,
        recipients=recipients,
    )


class SlowEngine(ScriptedEngine):
    """An engine whose dump takes minutes."""

    def dump(self, url, options, job):
        self.repeat, self.pause = 100_000, 0.005
        return super().dump(url, options, job)


class StuckEngine(SlowEngine):
    """An engine that cannot take away what it has made."""

    @contextmanager
    def dump(self, url, options, job):
        try:
            with super().dump(url, options, job) as dump:
                yield dump
        except Interrupted as error:
            raise StorageFailed("What was sent still stands there") from error


class LargeEngine(ScriptedEngine):
    """An engine with 200 MiB that hardly compress."""

    def dump(self, url, options, job):
        self.content, self.repeat = random.Random(1).randbytes(1 << 20), 200
        return super().dump(url, options, job)
