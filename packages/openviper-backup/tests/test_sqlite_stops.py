"""Whatever stops a restore, the target is as it was."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from small_disks import small_disk
from sqlite_making import (
    ROWS,
    data_of,
    make_database,
    names,
    opened,
    restore,
    words,
)

from openviper.backup._sqlite import keeping
from openviper.backup._sqlite import swap as swapping
from openviper.backup.errors import (
    BackupError,
    Interrupted,
    NotEnoughSpace,
)
from openviper.backup.job import Job


@pytest.fixture
def shop(tmp_path):
    return tmp_path / "shop.db"


def test_a_disk_that_is_too_small(tmp_path):
    """Where the safety copy and the journal do not fit, the target is not touched."""
    with small_disk(tmp_path / "disk", 5) as disk:
        shop = disk / "shop.db"
        data = data_of(tmp_path / "shop.db")
        make_database(shop, "old")
        with pytest.raises(NotEnoughSpace, match="The safety copy and the journal need up to"):
            restore(shop, data)
        assert words(shop) == [("old", ROWS)]
        assert names(disk) == ["shop.db"]


@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
@pytest.mark.parametrize("step", ["safety copy", "overwrite"])
def test_a_disk_that_becomes_full(tmp_path, mode, step):
    """Where the room goes while a database is overwritten, it is as it was, and can be restored later."""
    data = data_of(tmp_path / "shop.db", mode=mode)
    with small_disk(tmp_path / "disk", 9) as disk:
        shop = make_database(disk / "shop.db", "old", mode=mode)

        def fill(progress):
            if progress.step == step and not progress.done:
                room = os.statvfs(disk)
                (disk / "filler").write_bytes(bytes(room.f_bavail * room.f_frsize - (1 << 19)))

        with pytest.raises(NotEnoughSpace, match="full"):
            restore(shop, data, job=Job(on_progress=fill))
        assert names(disk) == ["filler", "shop.db"]
        (disk / "filler").unlink()
        assert words(shop) == [("old", ROWS)]
        restore(shop, data)
        assert words(shop) == [("new", ROWS)]


def steps_of(shop: Path, data: bytes) -> list[str]:
    told = []
    restore(shop, data, job=Job(on_progress=told.append))
    assert all(each.total is None or each.done <= each.total for each in told)
    return [*dict.fromkeys(each.step for each in told)]


def test_steps(shop):
    """Each step of a restore is told when it begins."""
    data = data_of(shop)
    assert steps_of(shop, data) == ["check", "place", "clean up"]
    assert steps_of(shop, data) == ["check", "safety copy", "overwrite", "clean up"]
    shop.write_bytes(b"rubbish" * 1000)
    assert steps_of(shop, data) == ["check", "replace", "move", "clean up"]
    assert steps_of(shop, b"CREATE TABLE things (word);") == ["load", "check", "safety copy", "overwrite", "clean up"]


@pytest.mark.parametrize("kind", ["DELETE", "WAL", "other pages", "damaged", "missing"])
@pytest.mark.parametrize("how", [Interrupted, ZeroDivisionError])
@pytest.mark.parametrize("keep_old", [False, True])
@pytest.mark.parametrize(
    "step", ["check", "safety copy", "safety copy 1", "overwrite", "overwrite 1", "place", "replace", "move"]
)
def test_stopped_at_each_step(tmp_path, shop, kind, how, step, keep_old):
    """Whatever it is stopped by, the target is as it was, can be written at once, and nothing else is there."""
    data = data_of(shop, rows=10_000)
    before = old_of(shop, kind)

    def stop(progress):
        if step == progress.step + (" 1" if progress.done else ""):
            reached.append(step)
            if how is Interrupted:
                job.cancel()
            else:
                raise how

    reached = []
    job = Job(on_progress=stop)
    if step in never(kind):
        restore(shop, data, job=job, keep_old=keep_old)
        assert not reached
        return
    if how is Interrupted and step in ("place", "move"):
        # Behind the last look at the job.
        restore(shop, data, job=job, keep_old=keep_old)
        assert words(shop) == [("new", 10_000)]
        return
    with pytest.raises(how):
        restore(shop, data, job=job, keep_old=keep_old)
    check_old(shop, kind, before)
    assert names(tmp_path) == before


def never(kind: str) -> set[str]:
    """The steps that a kind of target does not come to."""
    moves, copies = {"replace", "move"}, {"safety copy", "safety copy 1", "overwrite", "overwrite 1"}
    return {"missing": copies | moves, "damaged": copies | {"place"}}.get(kind, moves | {"place"})


def old_of(shop: Path, kind: str) -> list[str]:
    """Make a target, and return what stands in its folder."""
    if kind == "damaged":
        shop.write_bytes(b"rubbish" * 1000)
    elif kind == "missing":
        Path(f"{shop}-wal").write_bytes(b"log")
    else:
        make_database(
            shop,
            "old",
            rows=9_000,
            mode="WAL" if kind == "other pages" else kind,
            page_size=512 if kind == "other pages" else 4096,
        )
    return names(shop.parent)


def check_old(shop: Path, kind: str, before: list[str]) -> None:
    if kind in ("damaged", "missing"):
        assert names(shop.parent) == before
        assert kind == "damaged" or Path(f"{shop}-wal").read_bytes() == b"log"
        assert kind == "missing" or shop.read_bytes() == b"rubbish" * 1000
        return
    with opened(shop, timeout=0) as connection:
        connection.execute("INSERT INTO things (word) VALUES ('old')")
        assert connection.execute("PRAGMA journal_mode").fetchone()[0] == ("delete" if kind == "DELETE" else "wal")
    assert words(shop) == [("old", 9_001)]


@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
@pytest.mark.parametrize("times", range(1, 7))
def test_stopped_while_it_is_overwritten(shop, mode, times):
    """A restore says that it was stopped and the old data is there, or it was too late and the new data is."""
    data = data_of(shop, rows=10_000)
    make_database(shop, "old", mode=mode)
    told = []

    def stop(progress):
        told.append(progress.step)
        if told.count("overwrite") == times:
            job.cancel()

    job = Job(on_progress=stop)
    try:
        restore(shop, data, job=job)
    except Interrupted:
        assert words(shop) == [("old", ROWS)]
        assert times < 5
    else:
        assert words(shop) == [("new", 10_000)]
        assert times > 1


@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
@pytest.mark.parametrize("kind", ["DELETE", "WAL", "damaged", "missing"])
def test_what_fails_behind_the_swap(tmp_path, monkeypatch, shop, kind, mode):
    """A restore that has succeeded says so, and what was kept is there, whatever goes wrong from then on."""
    data = data_of(shop, mode=mode)
    old_of(shop, kind)

    def fail(progress):
        if progress.step == "clean up":
            raise ZeroDivisionError

    monkeypatch.setattr(swapping, "is_wal", lambda head: refuse())
    monkeypatch.setattr(swapping, "sync_folder", lambda folder: None if folder != tmp_path else refuse())
    kept, notes = restore(shop, data, keep_old=True, job=Job(on_progress=fail))
    assert words(shop) == [("new", ROWS)]
    assert len(names(tmp_path)) == 2
    if kind in ("damaged", "missing"):
        assert "whose name may not last if the power fails now: Input/output error" in notes[-1]
        assert Path(kept).read_bytes() == (b"rubbish" * 1000 if kind == "damaged" else b"log")
    else:
        assert words(Path(kept)) == [("old", 9_000)]


def refuse() -> None:
    raise OSError(errno.EIO, os.strerror(errno.EIO))


@pytest.mark.parametrize("kind", ["DELETE", "WAL", "other pages", "damaged", "missing"])
def test_a_name_that_cannot_be_kept(tmp_path, monkeypatch, shop, kind):
    """Where the old data does not last under its name, it is not touched either."""
    data = data_of(shop)
    before = old_of(shop, kind)
    monkeypatch.setattr(keeping, "sync_folder", lambda folder: refuse())
    with pytest.raises(BackupError, match=r"shop.db' was not restored: Input/output error"):
        restore(shop, data, keep_old=True)
    assert names(tmp_path) == before
    check_old(shop, kind, before)


@pytest.mark.parametrize("keep_old", [False, True])
def test_what_lasts_before_anything_is_overwritten(monkeypatch, shop, keep_old):
    """The safety copy and its name are on the disk before the first page changes."""
    data = data_of(shop)
    make_database(shop, "old")
    synced, seen, fsync = [], [], os.fsync

    def sync(fd):
        synced.append(Path(f"/proc/self/fd/{fd}").readlink())
        fsync(fd)

    monkeypatch.setattr(os, "fsync", sync)
    restore(shop, data, keep_old=keep_old, job=Job(on_progress=lambda told: seen.append((told.step, len(synced)))))
    at = dict(reversed(seen))
    workplace = shop.with_name(".shop.db.restore")
    expected = [workplace / "old.db.part", workplace, *([shop.parent] if keep_old else [])]
    assert synced[at["safety copy"] : at["overwrite"]] == expected
