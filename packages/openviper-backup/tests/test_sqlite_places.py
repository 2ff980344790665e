"""Where no database of SQLite can stand, or be reached."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlite_making import names, restore, url_of

from openviper.backup.engines.base import RestoreOptions
from openviper.backup.engines.sqlite import SQLiteEngine
from openviper.backup.errors import BackupError, RestoreRefused
from openviper.backup.job import Job
from openviper.backup.url import parse_url


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("folder", "is not a regular file"),
        ("pipe", "is not a regular file"),
        ("none/shop.db", "There is no folder '.*none'"),
    ],
)
def test_no_place_for_a_database(tmp_path, name, message):
    """Where no database can stand, a restore is refused, and nothing is made."""
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(RestoreRefused, match=message):
        restore(tmp_path / name, b"")
    assert names(tmp_path) == ["folder", "pipe"]


@contextmanager
def unprivileged(folder: Path):
    """Have a folder that this user may not search; root becomes nobody for it."""
    folder.chmod(0)
    user = os.geteuid()
    if not user:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)
        folder.chmod(0o700)


def test_a_folder_that_may_not_be_searched(tmp_path):
    """A database in a folder that may not be searched is refused by its name."""
    folder = tmp_path / "locked"
    folder.mkdir()
    with (
        Job() as job,
        unprivileged(folder),
        pytest.raises(BackupError, match=r"^'.*locked/shop.db' cannot be restored: .*Permission denied"),
    ):
        SQLiteEngine().target(parse_url(url_of(folder / "shop.db")), RestoreOptions(Path("/x")), job).__enter__()
    assert names(folder) == []
