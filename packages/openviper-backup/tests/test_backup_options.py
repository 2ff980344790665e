"""Options that not every engine has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from backup_terminal import names

from openviper.backup._options import check_options, several
from openviper.backup.backup import backup_database
from openviper.backup.engines import get_engine
from openviper.backup.engines.base import DumpOptions, RestoreOptions
from openviper.backup.errors import InvalidInput
from openviper.backup.restore import restore_database
from openviper.backup.verify import verify_backup

ENGINES = {
    "sqlite:///shop.db": ("SQLite", {"count_rows", "keep_old"}),
    "postgresql://ada@db.example/shop": (
        "PostgreSQL",
        {
            "count_rows",
            "globals_file",
            "in_place",
            "keep_old",
            "analyze",
            "maintenance_db",
            "no_owner",
            "no_acl",
            "skip_settings",
        },
    ),
    "mariadb://ada@db.example/shop": ("MariaDB", {"count_rows", "in_place", "keep_old", "skip_definer"}),
    "oracle://ada:secret@db.example/XE": ("Oracle", {"server_folder"}),
    "mssql://ada@db.example/shop": ("SQL Server", {"server_folder"}),
}
BACKUP = {
    "count_rows": (True, "--count-rows"),
    "globals_file": ("roles.sql", "--globals"),
    "server_folder": ("/srv", "--server-dir"),
}
RESTORE = {
    "in_place": (True, "--in-place"),
    "keep_old": (True, "--keep-old"),
    "analyze": (False, "--no-analyze"),
    "maintenance_db": ("other", "--maintenance-db"),
    "no_owner": (True, "--no-owner"),
    "no_acl": (True, "--no-acl"),
    "skip_settings": (["work_mem"], "--skip-setting"),
    "skip_definer": (True, "--skip-definer"),
    "server_folder": ("/srv", "--server-dir"),
}
VERIFY = {name: RESTORE[name] for name in ("maintenance_db", "no_owner", "no_acl", "skip_definer")}


def rows(options, *, has):
    """Each engine with each of the options that it has, or has not: URL, title, option, value, its spelling."""
    return [
        pytest.param(url, title, name, *options[name], id=f"{title} {options[name][1]}")
        for url, (title, own) in ENGINES.items()
        for name in options
        if (name in own) == has
    ]


@pytest.fixture(autouse=True)
def nowhere(tmp_path, monkeypatch):
    """An empty folder, and no programs."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", "/nowhere")
    return tmp_path


@pytest.mark.parametrize(("url", "title", "name", "value", "spelled"), rows(BACKUP, has=False))
async def test_backup(nowhere, url, title, name, value, spelled):
    """An option of backup_database that the engine does not have is refused before anything is done."""
    with pytest.raises(InvalidInput, match=re.escape(f"{spelled} is not for {title}")):
        await backup_database(url, **{name: value})
    assert names(nowhere) == []


@pytest.mark.parametrize(("url", "title", "name", "value", "spelled"), rows(RESTORE, has=False))
async def test_restore(url, title, name, value, spelled):
    """An option of restore_database that the engine does not have is refused before the file is looked at."""
    with pytest.raises(InvalidInput, match=re.escape(f"{spelled} is not for {title}")):
        await restore_database("nothing.sql", url, force=True, **{name: value})


@pytest.mark.parametrize(("url", "title", "name", "value", "spelled"), rows(VERIFY, has=False))
async def test_verify(nowhere, url, title, name, value, spelled):
    """An option of verify_backup that the engine does not have is refused before it is asked for a place."""
    (nowhere / "made.sql").write_text("SELECT 1;")
    with pytest.raises(InvalidInput, match=re.escape(f"{spelled} is not for {title}")):
        await verify_backup("made.sql", url, **{name: value})


@pytest.mark.parametrize(("url", "title", "name", "value", "spelled"), rows({**BACKUP, **RESTORE}, has=True))
def test_accepted(url, title, name, value, spelled):
    """An option that the engine has is accepted."""
    options = DumpOptions(Path(), **{name: value}) if name in BACKUP else RestoreOptions(Path(), **{name: value})
    check_options(get_engine(url.partition(":")[0]), options)


@pytest.mark.parametrize("url", [url for url, (_, own) in ENGINES.items() if {"in_place", "keep_old"} <= own])
async def test_nothing_to_keep(url):
    """What is loaded into the target itself leaves nothing to keep, and that is said first."""
    with pytest.raises(InvalidInput, match=r"--keep-old and --in-place are given: .*; --in-place leaves no old data"):
        await restore_database("nothing.sql", url, force=True, in_place=True, keep_old=True)


async def test_fast_and_not_at_all(nowhere):
    """How to compress and not to compress exclude each other."""
    with pytest.raises(InvalidInput, match="--fast and --no-compress are given"):
        await backup_database("sqlite:///shop.db", fast=True, compress=False)
    assert names(nowhere) == []


@pytest.mark.parametrize(("given", "values"), [("ada", ("ada",)), (["ada", "bob"], ("ada", "bob")), ((), ())])
def test_several(given, values):
    """A text is one value of an option that may be repeated, and not its letters."""
    assert several(given) == values
