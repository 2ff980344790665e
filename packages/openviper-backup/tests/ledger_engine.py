"""An engine whose databases are files: one row a line, ``table<tab>value``. Everything an engine does, it does.

``ledger:///path`` is loaded from the second pass, ``staged:///path`` from a file that took the dump in the first. What
is loaded stands in ``path.new``, is locked by ``path.lock``, and takes the place of ``path`` by one rename.
"""

from __future__ import annotations

import fcntl
import io
import os
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

from openviper.backup.errors import IncompleteDump, InvalidArchive, SwapUnfinished, TargetBusy, ToolFailed

BEGIN, END = b"-- LEDGER DUMP\n", b"-- LEDGER END\n"


def rows(path: Path) -> list[bytes]:
    """What a database holds."""
    return path.read_bytes().splitlines(keepends=True) if path.exists() else []


def dump_of(*values: bytes) -> bytes:
    """A dump of one table, ``things``."""
    return BEGIN + b"".join(b"things\t" + value + b"\n" for value in values) + END


class LedgerEngine:
    """The engine."""

    name = "ledger"
    title = "Ledger"
    options = frozenset({"count_rows", "in_place", "keep_old"})
    stages = False

    def recognises(self, head):
        return head.startswith(BEGIN)

    @contextmanager
    def dump(self, url, options, job):
        with Path(url.database).open("rb") as file:
            yield LedgerDump(file, counting=options.count_rows)

    @contextmanager
    def target(self, url, options, job):
        path = Path(url.database)
        with locked(path.with_name(f"{path.name}.lock")):
            target = LedgerTarget(path, options, job, stages=self.stages)
            try:
                yield target
            finally:
                target.take_away()

    @contextmanager
    def scratch(self, url, options, job):
        path = Path(url.database)
        target = LedgerTarget(path.with_name(f"{path.name}.{os.getpid()}.scratch"), options, job, stages=self.stages)
        try:
            yield target
        finally:
            target.take_away()


class StagedEngine(LedgerEngine):
    """The same, by a file."""

    stages = True


class LazyEngine(LedgerEngine):
    """One that is content with less than all of a dump."""

    @contextmanager
    def target(self, url, options, job):
        with super().target(url, options, job) as target:
            target.load = lambda dump: dump.read(5)
            yield target


class LookingEngine(LazyEngine):
    """Likewise one that looks at a dump while it is proved."""

    @contextmanager
    def target(self, url, options, job):
        with super().target(url, options, job) as target:
            target.staging = Looking
            yield target


class Looking(io.RawIOBase):
    """What takes a dump, and keeps nothing of it."""

    def write(self, data):
        return len(data)


class PipingEngine(LedgerEngine):
    """One that hands the dump on in pieces, as those do that have a program for it."""

    @contextmanager
    def target(self, url, options, job):
        with super().target(url, options, job) as target:
            target.load = lambda dump: self._pipe(dump, target.new)
            yield target

    def _pipe(self, dump, path):
        with path.open("wb") as file:
            while piece := dump.read(1 << 20):
                file.write(piece)


class AwayEngine(LedgerEngine):
    """One whose server is not reached."""

    @contextmanager
    def target(self, url, options, job):
        raise ToolFailed("ledger exited 1: no server answers", tool="ledger", exit_code=1)
        yield


class HalfEngine(LedgerEngine):
    """One whose swap stays unfinished."""

    @contextmanager
    def target(self, url, options, job):
        with super().target(url, options, job) as target:
            target.swap = self._swap
            yield target

    def _swap(self):
        raise SwapUnfinished("It is half done")


class OtherEngine(LedgerEngine):
    """Another kind of database, with dumps of its own."""

    name = "other"
    title = "Other"

    def recognises(self, head):
        return head.startswith(b"-- OTHER")


@contextmanager
def locked(path: Path):
    fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise TargetBusy(f"{path.name} is held by another restore") from error
        yield
    finally:
        os.close(fd)


class LedgerDump:
    """A dump."""

    size = None

    def __init__(self, file, *, counting) -> None:
        content = file.read()
        self._left = BEGIN + content + END
        self._counts = counts(content) if counting else None

    def read(self, size):
        data, self._left = self._left[:size], self._left[size:]
        return data

    def finish(self):
        return self._counts, ()


class LedgerTarget:
    """A target."""

    def __init__(self, path, options, job, *, stages) -> None:
        self.path, self._options, self._job, self._stages = path, options, job, stages
        self.new = path.with_name(f"{path.name}.new")
        self._staging = None

    def preflight(self):
        self._job.step("preflight")
        self.new.unlink(missing_ok=True)

    def holds_data(self):
        return bool(rows(self.path))

    def staging(self):
        if self._stages:
            self._staging = self.new.open("w+b")
        return self._staging

    def accept(self, content):
        if not content.head.startswith(BEGIN):
            raise InvalidArchive("It is no ledger's dump")
        if self._options.verify_trailer and not content.tail.endswith(END):
            raise InvalidArchive("Its last line is missing")
        return ("accepted",) if content.tail.endswith(END) else ("without its last line",)

    def load(self, dump):
        content = self._staged() if self._stages else b"".join(iter(lambda: dump.read(1 << 16), b""))
        content = content.removeprefix(BEGIN).removesuffix(END)
        for line in content.splitlines(keepends=True):
            if line.count(b"\t") != 1 or not line.endswith(b"\n"):
                raise ToolFailed("ledger exited 3: syntax error", tool="ledger", exit_code=3)
        with self.new.open("wb") as file:
            file.write(content)
            os.fsync(file.fileno())
        if not content:
            raise IncompleteDump("It has no rows")

    def _staged(self):
        with self._staging:
            self._staging.seek(0)
            return self._staging.read()

    def take_away(self):
        if self._staging is not None:
            self._staging.close()
        self.new.unlink(missing_ok=True)

    def count_rows(self):
        return counts(self.new.read_bytes())

    def swap(self):
        kept = None
        if self._options.keep_old and self.path.exists():
            kept = str(self.path.with_name(f"{self.path.name}.old"))
            Path(kept).unlink(missing_ok=True)
            os.link(self.path, kept)
        self._job.progress("swap", 1, 2)
        self.new.replace(self.path)
        self._job.progress("swap", 2, 2)
        return kept, ("swapped",)


def counts(content: bytes) -> dict[str, int]:
    """Rows by table."""
    return dict(Counter(line.partition(b"\t")[0].decode() for line in content.splitlines()))


def register(folder: Path) -> None:
    """Put a distribution that offers these engines into a folder of the path."""
    distribution = folder / "ledger-1.dist-info"
    distribution.mkdir(parents=True)
    (distribution / "METADATA").write_text("Metadata-Version: 2.1\nName: ledger\nVersion: 1\n")
    (distribution / "entry_points.txt").write_text(
        "[openviper.backup_engines]\n"
        "ledger = ledger_engine:LedgerEngine\n"
        "staged = ledger_engine:StagedEngine\n"
        "lazy = ledger_engine:LazyEngine\n"
        "looking = ledger_engine:LookingEngine\n"
        "piping = ledger_engine:PipingEngine\n"
        "other = ledger_engine:OtherEngine\n"
        "away = ledger_engine:AwayEngine\n"
        "half = ledger_engine:HalfEngine\n"
    )
