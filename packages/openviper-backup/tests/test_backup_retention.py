"""Which backups go, and which stay."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from dump_script import order
from stored_making import NOW, names, put

from openviper.backup._writing.making import make_backup
from openviper.backup.errors import BackupError, InvalidInput
from openviper.backup.job import Job
from openviper.backup.naming import FileName
from openviper.backup.retention import list_backups, prune_backups
from openviper.backup.sidecar import sidecar_path


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "backups"
    folder.mkdir()
    return folder


def damage(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).write_bytes(b"Backup")


async def test_pruned_in_the_second_of_the_backup(folder):
    """Of several that are made and pruned in one second, each time the newest stays."""
    for _ in range(4):
        with Job() as job:
            made = make_backup(replace(order(folder), name=FileName("shop", NOW, ".tar.gz")), job)
        assert names((await prune_backups(folder, keep_last=1)).kept) == [made.file.name]


@pytest.mark.parametrize(
    ("sidecar", "problem"),
    [
        (None, "It has no sidecar: it was not finished, or was made elsewhere"),
        ("{", "it is not JSON"),
        ("other", "Its sidecar is of 'shop_20240530-030000.tar.gz'"),
    ],
)
async def test_problems(folder, sidecar, problem):
    """What cannot be counted on is listed with why; it is never removed, and keeps no place of a good one."""
    old, new = put(folder, 2), put(folder)
    beside = sidecar_path(folder / new)
    beside.unlink()
    if sidecar is not None:
        beside.write_bytes(sidecar_path(folder / old).read_bytes() if sidecar == "other" else sidecar.encode())
    assert problem in (await list_backups(folder))[0].problem
    result = await prune_backups(folder, keep_last=1)
    assert (names(result.kept), result.removed, names(result.left)) == ([old], (), [new])
    assert (folder / new).exists()


@pytest.mark.parametrize("dry_run", [True, False])
async def test_pruned(folder, dry_run):
    """What no rule keeps goes, with its sidecar; a dry run says the same and does nothing."""
    files = [put(folder, day) for day in range(5)]
    other = put(folder, 10, name="stock")
    put(folder, 3, extension=".sql")
    (folder / "notes.txt").write_text("mine")
    before = sorted(os.listdir(folder))  # noqa: PTH208 - names
    result = await prune_backups(folder, name="shop", keep_last=2, dry_run=dry_run)
    assert names(result.kept) == files[:2]
    assert len(result.removed) == 4
    assert (result.freed, result.is_dry, result.notes) == (4 * len(b"backup"), dry_run, ())
    kept = [*files[:2], other]
    expected = sorted([*kept, *[f"{name}.meta.json" for name in kept], "notes.txt"])
    assert sorted(os.listdir(folder)) == (before if dry_run else expected)  # noqa: PTH208 - names


async def test_each_database_by_itself(folder):
    """The rules hold for each database; those of one name and two engines are two."""
    for name, engine in (("shop", "sqlite"), ("stock", "sqlite")):
        for day in range(3):
            put(folder, day, name=name, engine=engine)
    alone = put(folder, 20, engine="postgres")
    result = await prune_backups(folder, keep_last=1)
    assert len(result.removed) == 4
    assert alone in names(result.kept)
    assert {each.name for each in result.kept} == {"shop", "stock"}


async def test_two_sources_are_two(folder):
    """Two databases of one name are two where their sources differ; what was made without one is a third."""
    sources = ("db1:5432/shop", "db2:5432/shop", None)
    files = [put(folder, day, engine="postgres", source=source) for day, source in enumerate(sources)]
    older = [put(folder, day + 10, engine="postgres", source=source) for day, source in enumerate(sources)]
    result = await prune_backups(folder, name="shop", keep_last=1)
    assert (names(result.kept), names(result.removed)) == (files, older)
    assert result.notes == ("Backups of 'shop' whose sidecars do not say of which database are taken for those of one",)


async def test_one_of_a_clock_that_is_a_little_ahead(folder):
    """A backup of the next hour stays, is named, and keeps no place of the newest one whose time has come."""
    soon = datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=58)
    ahead = put(folder, moment=soon)
    files = [put(folder, day) for day in range(2)]
    result = await prune_backups(folder, keep_last=1)
    assert (names(result.kept), names(result.removed)) == ([ahead, files[0]], files[1:])
    assert result.notes == (f"{ahead!r} is of a time that has not come yet: kept, and not counted",)


async def test_the_newest_good_one(folder):
    """Where the newest are damaged, the first that is good by its checksum stays too, and the others are named."""
    files = [put(folder, day) for day in range(5)]
    damage(folder, *files[:3])
    result = await prune_backups(folder, keep_last=1)
    assert names(result.kept) == [files[0], files[3]]
    assert result.notes == tuple(
        f"{file!r} is not what its sidecar says: it was changed, or is torn" for file in files[:3]
    )
    assert (folder / files[3]).exists()
    assert not (folder / files[4]).exists()


async def test_one_that_cannot_be_read(folder):
    """One that cannot be read is not called torn, and the next that is good stays beside it."""
    files = [put(folder, day) for day in range(4)]
    damage(folder, files[0])

    def hinder(progress) -> None:
        if progress.step == "check" and (folder / files[1]).is_file():
            (folder / files[1]).unlink()
            (folder / files[1]).mkdir()

    result = await prune_backups(folder, keep_last=2, on_progress=hinder)
    assert result.notes[1] == f"{files[1]!r} cannot be read: Is a directory"
    assert names(result.kept) == files[:3]


async def test_no_good_one(folder):
    """Where none is good, none goes."""
    files = [put(folder, day) for day in range(3)]
    damage(folder, *files)
    result = await prune_backups(folder, keep_last=1)
    assert result.removed == ()
    assert result.notes[-1] == "Of 'shop' nothing was removed: none of its backups is good"
    assert all((folder / name).exists() for name in files)


async def test_one_of_a_clock_that_was_wrong(folder):
    """A backup whose time is in the future keeps no place of one whose time has come, and stays."""
    future = put(folder, -365 * 200)
    files = [put(folder, day) for day in range(2)]
    result = await prune_backups(folder, keep_last=1, keep_daily=1)
    assert (names(result.kept), names(result.removed), names(result.left)) == (files[:1], files[1:], [future])
    assert result.left[0].problem == "Its time is in the future: a clock is or was wrong"


async def test_one_that_is_gone(folder):
    """A backup that somebody else removes meanwhile is in nobody's way."""
    files = [put(folder, day) for day in range(3)]

    def remove(progress) -> None:
        if progress.step == "remove":
            (folder / files[1]).unlink(missing_ok=True)

    result = await prune_backups(folder, keep_last=1, on_progress=remove)
    assert names(result.removed) == files[1:]
    assert len(list(folder.iterdir())) == 2


@pytest.mark.parametrize(
    ("path", "options", "error", "words"),
    [
        ("backups", {}, InvalidInput, "Nothing says what to keep"),
        ("backups", {"keep_last": -1}, InvalidInput, "keep_last=-1"),
        ("backups/../backups", {"keep_last": 1}, InvalidInput, "Path traversal detected"),
        ("nowhere", {"keep_last": 1}, InvalidInput, "'nowhere' is not a folder: no backups are there"),
        ("file", {"keep_last": 1}, InvalidInput, "'file' is not a folder"),
    ],
)
async def test_refused(folder, monkeypatch, path, options, error, words):
    """A pruning without rules, or of what is no folder, is refused, and nothing goes."""
    monkeypatch.chdir(folder.parent)
    (folder.parent / "file").write_text("x")
    put(folder)
    with pytest.raises(error, match=words):
        await prune_backups(path, **options)
    assert len(list(folder.iterdir())) == 2


async def test_what_cannot_be_removed(folder):
    """A file that cannot be removed is named, with what went before it; what was to go behind it still stands."""
    files = [put(folder, day) for day in range(4)]

    def hinder(progress) -> None:
        if progress.step == "remove" and not (folder / files[3]).exists():
            (folder / files[2]).unlink()
            (folder / files[2] / "x").mkdir(parents=True)

    with pytest.raises(BackupError, match=f"{files[2]}' cannot be removed: .*; removed before that: '{files[3]}'$"):
        await prune_backups(folder, keep_last=1, on_progress=hinder)
    assert names(await list_backups(folder)) == files[:2]


async def test_a_name_of_which_there_is_none(folder):
    """A misspelt name is no success: nothing would be pruned, night by night; the names that there are, are listed."""
    put(folder)
    put(folder, name="stock")
    words = "^No backups of 'shp' are in '.*'; there are some of 'shop', 'stock'$"
    with pytest.raises(InvalidInput, match=words):
        await prune_backups(folder, name="shp", keep_last=1)
