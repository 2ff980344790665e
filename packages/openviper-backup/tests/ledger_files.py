"""Ledgers to restore to, and files to restore from; for tests that use the fixture ``ledger_site``."""

from __future__ import annotations

from pathlib import Path

import pytest
from archive_making import write_archive
from ledger_engine import dump_of, register, rows

from openviper.backup.backup import backup_database

OLD = [b"things\told\n"]
NEW = [b"things\tone\n", b"things\ttwo\n"]
#: Both ways to load a dump.
ENGINES = pytest.mark.parametrize("scheme", ["ledger", "staged"])
#: A dump of 5,000 rows.
MANY = dump_of(*[b"%d" % number for number in range(5000)])


@pytest.fixture
def ledger_site(tmp_path, monkeypatch):
    """Engines of ledgers, registered, and an empty folder to work in; returns where they are registered."""
    register(tmp_path / "site")
    monkeypatch.syspath_prepend(tmp_path / "site")
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path / "site"


@pytest.fixture
def live(ledger_site):
    """A database with something in it."""
    path = Path("live.db")
    path.write_bytes(b"".join(OLD))
    return path


@pytest.fixture
async def backup(ledger_site):
    """A backup of a database with other things in it."""
    whole(b"".join(NEW), "source.db")
    return Path((await backup_database("ledger:///source.db", "backups", count_rows=True)).location)


def untouched(live: Path) -> bool:
    """Nothing has happened to a database, and nothing was left beside it."""
    return rows(live) == OLD and beside() <= {"live.db", "live.db.lock"}


def beside() -> set[str]:
    """What stands where the database is."""
    return {path.name for path in Path().glob("live*")}


def whole(data: bytes, name: str = "made.tar.gz") -> Path:
    """A file without a sidecar."""
    Path(name).write_bytes(data)
    return Path(name)


def link(name: str, to: str | Path) -> None:
    """A symbolic link."""
    Path(name).symlink_to(to)


def archive(content: bytes, name: str = "made.tar.gz") -> Path:
    """An archive without a sidecar."""
    write_archive(Path(name), content)
    return Path(name)
