"""kill -9 at each step: the old data is whole, or the new is, and the next run works."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
import sqlite_killed
from sqlite_making import make_database, names, opened, url_of, words

from openviper.backup.backup import backup_database
from openviper.backup.restore import restore_database
from openviper.backup.verify import verify_backup

NEW, OLD = 12_000, 9_000
KINDS = {
    "DELETE": {"mode": "DELETE"},
    "WAL": {"mode": "WAL"},
    "other pages": {"mode": "DELETE", "page_size": 512},
    "other pages in WAL mode": {"mode": "WAL", "page_size": 512},
}


STEPS = [
    "prove", "load", "check", "swap", "safety copy", "safety copy after 2", "overwrite", "overwrite after 1",
    "overwrite after 3", "clean up",
]  # fmt: skip


@pytest.fixture(scope="module")
def archives(tmp_path_factory):
    """Backups of the new data, with a rollback journal and in WAL mode."""
    folder = tmp_path_factory.mktemp("archives")
    for mode in ("DELETE", "WAL"):
        make_database(folder / f"{mode}.db", "new", rows=NEW, mode=mode)
    return folder


async def archive_of(archives: Path, mode: str) -> str:
    result = await backup_database(url_of(archives / f"{mode}.db"), archives / "made", name=mode, fast=False)
    return result.location


def kill(file: str, shop: Path, step: str, do: str = "restore") -> None:
    """Restore, and be killed at a step."""
    command = [sys.executable, sqlite_killed.__file__, do, file, url_of(shop), step]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == -signal.SIGKILL, ended.stderr


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("step", STEPS)
async def test_killed_over_data(tmp_path, archives, kind, step):
    """Behind a kill the old data can be read and written at once; the next run restores and leaves nothing else."""
    shop = make_database(tmp_path / "shop.db", "old", rows=OLD, **KINDS[kind])
    file = await archive_of(archives, "WAL" if "WAL" in kind else "DELETE")
    kill(file, shop, step)
    expected = [("new", NEW)] if step == "clean up" else [("old", OLD)]
    assert words(shop) == expected
    with opened(shop, timeout=0) as connection:
        connection.execute("INSERT INTO things (word) VALUES ('written')")
    assert words(shop) == [*expected, ("written", 1)]
    await restore_database(file, url_of(shop), force=True)
    assert words(shop) == [("new", NEW)]
    assert names(tmp_path) == ["shop.db"]


@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
@pytest.mark.parametrize("step", STEPS)
async def test_killed_while_old_data_is_kept(tmp_path, archives, mode, step):
    """Before the first page is overwritten the old data has its name for good, and no later run takes it away."""
    shop = make_database(tmp_path / "shop.db", "old", rows=OLD, mode=mode)
    file = await archive_of(archives, mode)
    kill(file, shop, step, "keep")
    kept = kept_of(shop)
    assert len(kept) == (step in ("clean up", "overwrite", "overwrite after 1", "overwrite after 3"))
    assert all(words(each) == [("old", OLD)] for each in kept)
    now = [("new", NEW)] if step == "clean up" else [("old", OLD)]
    result = await restore_database(file, url_of(shop), force=True, keep_old=True)
    assert words(shop) == [("new", NEW)]
    assert words(Path(result.kept)) == now
    assert kept_of(shop) == sorted([*kept, Path(result.kept)])
    assert len(names(tmp_path)) == len(kept) + 2


def kept_of(shop: Path) -> list[Path]:
    return sorted(shop.parent.glob("shop.db.before-restore-*"))


@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
async def test_the_next_run_finds_the_traces(tmp_path, archives, mode):
    """The next run restores where nobody has opened the database between a kill in the midst of it and the next run."""
    shop = make_database(tmp_path / "shop.db", "old", rows=OLD, mode=mode)
    file = await archive_of(archives, mode)
    kill(file, shop, "overwrite after 3")
    assert len(names(tmp_path)) > 1
    kill(file, shop, "overwrite after 3")
    result = await restore_database(file, url_of(shop), force=True, keep_old=True)
    assert words(shop) == [("new", NEW)]
    assert words(Path(result.kept)) == [("old", OLD)]
    assert names(tmp_path) == ["shop.db", Path(result.kept).name]


@pytest.mark.parametrize("do", ["restore", "keep"])
@pytest.mark.parametrize("step", ["check", "swap", "replace", "move", "clean up"])
async def test_killed_over_a_damaged_file(tmp_path, archives, step, do):
    """A damaged file is as it was, or the new is there and the old has its name if it is kept; the next run works."""
    shop, rubbish = tmp_path / "shop.db", b"rubbish" * 1000
    shop.write_bytes(rubbish)
    file = await archive_of(archives, "DELETE")
    kill(file, shop, step, do)
    if step == "clean up":
        assert words(shop) == [("new", NEW)]
        assert [each.read_bytes() for each in kept_of(shop)] == ([rubbish] if do == "keep" else [])
    else:
        assert shop.read_bytes() == rubbish
    await restore_database(file, url_of(shop), force=True)
    assert words(shop) == [("new", NEW)]
    assert names(tmp_path) == ["shop.db", *(each.name for each in kept_of(shop))]
    assert len(kept_of(shop)) == (step == "clean up" and do == "keep")


@pytest.mark.parametrize("do", ["restore", "keep"])
@pytest.mark.parametrize("step", ["check", "swap", "place", "clean up"])
async def test_killed_where_nothing_was(tmp_path, archives, step, do):
    """Nothing but another's log is there, or the new data, and that log if it is kept; the next run works."""
    shop, log = tmp_path / "shop.db", tmp_path / "shop.db-wal"
    log.write_bytes(b"log")
    file = await archive_of(archives, "DELETE")
    kill(file, shop, step, do)
    assert shop.exists() == (step == "clean up")
    assert log.exists() == (step != "clean up")
    assert [each.read_bytes() for each in kept_of(shop)] == ([b"log"] if step == "clean up" and do == "keep" else [])
    await restore_database(file, url_of(shop), force=True)
    assert words(shop) == [("new", NEW)]
    assert names(tmp_path) == ["shop.db", *(each.name for each in kept_of(shop))]


async def test_killed_while_verifying(tmp_path, archives):
    """What a killed verification has left is taken away by the next."""
    file = await archive_of(archives, "DELETE")
    shop = make_database(tmp_path / "shop.db", rows=1)
    left = tmp_path / ".shop.db.verify-0123456789abcdef"
    left.mkdir()
    (left / "new.db").write_bytes(b"half")
    assert (await verify_backup(file, url_of(shop))).row_counts == {"things": NEW}
    assert names(tmp_path) == ["shop.db"]


@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
@pytest.mark.parametrize(
    "step", ["dump", "snapshot", "snapshot after 2", "check", "dump after 1", "sync", "read back", "publish", "sidecar"]
)
async def test_a_killed_backup(tmp_path, mode, step):
    """Behind a kill the database can be written at once, and the next backup leaves nothing of it but whole ones."""
    shop = make_database(tmp_path / "shop.db", "old", rows=OLD, mode=mode)
    kill(str(tmp_path / "backups"), shop, step, "backup")
    with opened(shop, timeout=0) as connection:
        connection.execute("INSERT INTO things (word) VALUES ('written')")
    result = await backup_database(url_of(shop), tmp_path / "backups", count_rows=True)
    assert (await verify_backup(result.location)).row_counts == {"things": OLD + 1}
    assert [name for name in names(tmp_path / "backups") if not name.endswith((".tar.gz", ".meta.json"))] == []
    assert words(shop) == [("old", OLD), ("written", 1)]
