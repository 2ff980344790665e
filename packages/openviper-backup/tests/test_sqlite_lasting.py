"""What a restore has written lasts before anything counts on it."""

from __future__ import annotations

import errno
import os
import sqlite3

import pytest
from sqlite_making import data_of, make_database, restore, words

from openviper.backup.errors import BackupError
from openviper.backup.job import Job

FOLDER = ".shop.db.restore"


@pytest.fixture
def shop(tmp_path):
    return tmp_path / "shop.db"


@pytest.fixture
def told(tmp_path, monkeypatch):
    """The names of what was synced, each with its mode, and the statements and steps in between."""
    fsync, connect, told = os.fsync, sqlite3.connect, []

    def synced(fd):
        status = os.fstat(fd)
        (name,) = [path.name for path in (tmp_path, *tmp_path.rglob("*")) if os.path.samestat(path.stat(), status)]
        told.append(f"sync {name} {status.st_mode & 0o777:o}")
        return fsync(fd)

    def connected(*arguments, **options):
        connection = connect(*arguments, **options)
        connection.set_trace_callback(lambda text: told.append(text) if "synchronous = FULL" in text else None)
        return connection

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(sqlite3, "connect", connected)
    return told


def restored(shop, data, told, **options):
    """Restore, and tell of each step once."""

    def step(progress):
        if not progress.done:
            told.append(progress.step)

    return restore(shop, data, job=Job(on_progress=step), **options)


def test_before_the_live_file_is_overwritten(shop, told):
    """The new data and the safety copy are synced, with the copy's name, and SQLite is told to sync what it writes."""
    data = data_of(shop)
    make_database(shop, "old")
    restored(shop, data, told)
    copied = ["sync old.db.part 600", f"sync {FOLDER} 700"]
    assert told == [
        *("check", "sync new.db 600", "safety copy", *copied),
        *("PRAGMA synchronous = FULL", "overwrite", "clean up"),
    ]
    assert words(shop)[0][0] == "new"


def test_a_disk_that_refuses_the_new_data_ends_the_restore_before_the_swap(shop, monkeypatch):
    """It is synced beside the check, whose end waits for that."""
    fsync, new = os.fsync, shop.parent / FOLDER / "new.db"

    def refuse(fd):
        if new.exists() and os.path.samestat(new.stat(), os.fstat(fd)):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return fsync(fd)

    data = data_of(shop)
    make_database(shop, "old")
    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(BackupError, match=r"cannot be loaded: .*Input/output error"):
        restore(shop, data)
    assert words(shop)[0][0] == "old"
    assert [path.name for path in shop.parent.iterdir()] == [shop.name]


@pytest.mark.parametrize("is_there", [True, False])
def test_a_new_name(tmp_path, shop, told, is_there):
    """Where another file takes the place, or the first, it is synced before, and its name behind."""
    data = data_of(shop)
    if is_there:
        shop.write_bytes(b"x" * 5_000)
    restored(shop, data, told)
    named = ["replace", "move"] if is_there else ["place"]
    assert told[-4 - is_there :] == ["sync new.db 600", *named, f"sync {tmp_path.name} 700", "clean up"]


def test_old_data_that_is_copied(tmp_path, shop, told, monkeypatch):
    """Without hard links old data is copied for its owner alone, and synced before it has its name and its mode."""

    def refuse(*_arguments, **_options):
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    data = data_of(shop)
    shop.write_bytes(b"x" * 5_000)
    shop.chmod(0o644)
    monkeypatch.setattr(os, "link", refuse)
    kept, _ = restored(shop, data, told, keep_old=True)
    start = told.index("replace") + 1
    assert told[start:-3] == ["sync kept.part 600", f"sync {tmp_path.name} 700"]
    assert os.stat(kept).st_mode & 0o777 == 0o644  # noqa: PTH116 - it is a str
