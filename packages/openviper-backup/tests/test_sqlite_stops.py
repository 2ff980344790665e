"""Whatever stops a restore, the target is as it was."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from sqlite_making import (
    ROWS,
    data_of,
    make_database,
    names,
    opened,
    restore,
    small_disk,
    words,
)

from openviper.backup.errors import (
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
        with pytest.raises(NotEnoughSpace, match="the safety copy and the journal need up to"):
            restore(shop, data)
        assert words(shop) == [("old", ROWS)]
        assert names(disk) == ["shop.db"]


@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
@pytest.mark.parametrize("step", ["safety copy", "overwrite"])
def test_a_disk_that_becomes_full(tmp_path, mode, step):
    """So it is where the room goes while it is overwritten."""
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
    """Each is told when it begins."""
    data = data_of(shop)
    assert steps_of(shop, data) == ["check", "place", "clean up"]
    assert steps_of(shop, data) == ["check", "safety copy", "overwrite", "clean up"]
    shop.write_bytes(b"rubbish" * 1000)
    assert steps_of(shop, data) == ["check", "replace", "move", "clean up"]
    assert steps_of(shop, b"CREATE TABLE things (word);") == ["load", "check", "safety copy", "overwrite", "clean up"]


@pytest.mark.parametrize("kind", ["DELETE", "WAL", "other pages", "damaged", "missing"])
@pytest.mark.parametrize("how", [Interrupted, ZeroDivisionError])
@pytest.mark.parametrize(
    "step", ["check", "safety copy", "safety copy 1", "overwrite", "overwrite 1", "place", "replace", "move"]
)
def test_stopped_at_each_step(tmp_path, shop, kind, how, step):
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
        restore(shop, data, job=job)
        assert not reached
        return
    if how is Interrupted and step in ("place", "move"):
        # Behind the last look at the job.
        restore(shop, data, job=job)
        assert words(shop) == [("new", 10_000)]
        return
    with pytest.raises(how):
        restore(shop, data, job=job)
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
    """It says that it was stopped and the old data is there, or it was too late and the new data is."""
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
