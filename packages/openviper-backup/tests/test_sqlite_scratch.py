"""Where a backup is loaded to be verified."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from small_disks import small_disk
from sqlite_making import data_of, load, make_database, make_read_only, names, url_of

from openviper.backup.backup import backup_database
from openviper.backup.engines.base import RestoreOptions
from openviper.backup.engines.sqlite import SQLiteEngine
from openviper.backup.errors import BackupError, RestoreRefused
from openviper.backup.job import Job
from openviper.backup.url import parse_url
from openviper.backup.verify import verify_backup


@pytest.fixture
def shop(tmp_path):
    return tmp_path / "shop.db"


@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
def test_a_scratch(tmp_path, shop, mode):
    """A backup is loaded and counted beside the database, which nobody touches; nothing of it remains."""
    data = data_of(shop, rows=7, mode=mode)
    before = make_database(shop, "old").read_bytes()
    with Job() as job, SQLiteEngine().scratch(parse_url(url_of(shop)), RestoreOptions(Path("/x")), job) as scratch:
        load(scratch, data)
        assert scratch.count_rows() == {"things": 7}
        assert not scratch.holds_data()
        assert len(names(tmp_path)) == 2
        with pytest.raises(RestoreRefused):
            scratch.swap()
    assert shop.read_bytes() == before
    assert names(tmp_path) == ["shop.db"]


def test_a_scratch_beside_the_backup(tmp_path):
    """Where the database's folder is not there, a backup is loaded beside itself."""
    options = RestoreOptions(tmp_path / "x.tar.gz")
    with Job() as job, SQLiteEngine().scratch(parse_url("sqlite:////nowhere/shop.db"), options, job) as scratch:
        load(scratch, data_of(tmp_path / "x"))
        assert [name.startswith(".x.tar.gz.verify-") for name in names(tmp_path)] == [True]
    assert names(tmp_path) == []


def test_damage_in_a_scratch(tmp_path, shop):
    """A backup that is not sound is not verified."""
    data = data_of(shop)
    with (
        Job() as job,
        SQLiteEngine().scratch(parse_url(url_of(shop)), RestoreOptions(Path("/x")), job) as scratch,
        pytest.raises(BackupError, match="is damaged"),
    ):
        load(scratch, data[:20_000] + b"\xde\xad" * 2048 + data[24_096:])
    assert names(tmp_path) == []


async def test_a_backup_on_a_disk_that_is_read_only(tmp_path, monkeypatch, shop):
    """A backup on a disk that is read only is loaded where temporary files are; where there is no place, it is said."""
    make_database(shop, rows=3)
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    with small_disk(tmp_path / "disk", 4) as disk:
        made = await backup_database(url_of(shop), disk)
        make_read_only(disk)
        assert (await verify_backup(made.location)).row_counts == {"things": 3}
        assert names(tmp_path / "tmp") == []
        monkeypatch.setattr(tempfile, "tempdir", str(disk))
        with pytest.raises(RestoreRefused, match=r"There is no place to unpack the backup in '.*disk': Read-only"):
            await verify_backup(made.location)
