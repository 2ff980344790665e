"""Backups that are not what they were: by their sidecar, and between the two passes."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from pathlib import Path

import pytest
from ledger_engine import dump_of, rows
from ledger_files import MANY, NEW, archive, link, untouched, whole

from openviper.backup._restoring.opening import open_backup
from openviper.backup._restoring.passes import prove
from openviper.backup._restoring.readable import readable
from openviper.backup.backup import backup_database
from openviper.backup.errors import (
    InvalidArchive,
)
from openviper.backup.job import Job
from openviper.backup.restore import restore_database
from openviper.backup.sidecar import sidecar_path

pytestmark = pytest.mark.usefixtures("ledger_site")


async def test_without_a_sidecar(live, backup):
    """It is said that the checksum could not be compared."""
    sidecar_path(backup).unlink()
    result = await restore_database(backup, "ledger:///live.db", force=True)
    assert result.notes[0] == f"{backup.name!r} has no sidecar: whether it is as it was written could not be checked"
    assert rows(live) == NEW


@pytest.mark.parametrize("compress", [True, False])
async def test_a_wrong_checksum(live, compress):
    """A file that is whole, and not the one of its sidecar, is restored only by choice."""
    whole(b"".join(NEW), "source.db")
    backup = Path((await backup_database("ledger:///source.db", compress=compress)).location)
    other = archive(dump_of(b"other"), "other") if compress else whole(dump_of(b"other"), "other")
    shutil.copy(other, backup)
    found, written = hashlib.sha256(other.read_bytes()).hexdigest(), f"{str(backup)!r}"
    with pytest.raises(InvalidArchive, match=re.escape(f"The SHA-256 of {written} is {found}, and its sidecar says")):
        await restore_database(backup, "ledger:///live.db", force=True)
    assert untouched(live)
    result = await restore_database(backup, "ledger:///live.db", force=True, skip_checksum=True)
    assert rows(live) == [b"things\tother\n"]
    assert "The checksum was not compared with the sidecar's" in result.notes


def test_each_flipped_bit_is_found_by_the_sidecar(backup):
    """A backup of which any one bit is another than when its sidecar was written is refused by what reads it."""
    good = backup.read_bytes()
    for bit in range(len(good) * 8):
        backup.write_bytes(flipped(good, bit))
        with (
            pytest.raises(InvalidArchive),
            Job() as job,
            open_backup(backup, skip_checksum=False, identity_file=None) as opened,
            readable(opened, job) as file,
        ):
            prove(file, None, job, look=lambda head: None)


async def test_restores_of_flipped_bits(live, backup):
    """With its sidecar, such a backup leaves the target as it was; without, too, or the dump is the same."""
    good, sidecar = backup.read_bytes(), sidecar_path(backup).read_bytes()
    # Every bit of a byte, and every part of the file.
    for bit in range(0, len(good) * 8, 43):
        backup.write_bytes(flipped(good, bit))
        sidecar_path(backup).write_bytes(sidecar)
        with pytest.raises(InvalidArchive):
            await restore_database(backup, "ledger:///live.db", force=True)
        assert untouched(live)
        sidecar_path(backup).unlink()
        try:
            await restore_database(backup, "ledger:///fresh.db", force=True)
        except InvalidArchive:
            continue
        assert rows(Path("fresh.db")) == NEW


def flipped(content: bytes, bit: int) -> bytes:
    other = bytearray(content)
    other[bit // 8] ^= 1 << bit % 8
    return bytes(other)


async def test_a_broken_sidecar(live, backup):
    """A sidecar that cannot be read is no missing one."""
    sidecar_path(backup).write_text("{")
    with pytest.raises(InvalidArchive, match="; --skip-checksum goes on without it"):
        await restore_database(backup, "ledger:///live.db", force=True)
    assert untouched(live)
    result = await restore_database(backup, "ledger:///live.db", force=True, skip_checksum=True)
    assert "cannot be read: it is not JSON" in result.notes[0]


async def test_a_link_to_a_backup(live, backup):
    """A link is followed, to the sidecar too."""
    link("latest.tar.gz", backup)
    assert "no sidecar" not in str((await restore_database("latest.tar.gz", "ledger:///live.db", force=True)).notes)
    backup.write_bytes(archive(dump_of(b"other"), "other").read_bytes())
    with pytest.raises(InvalidArchive, match="its sidecar says"):
        await restore_database("latest.tar.gz", "ledger:///live.db", force=True)


@pytest.mark.parametrize("name", ["made.tar.gz", "made.sql"])
@pytest.mark.parametrize("how", ["replaced", "written", "cut"])
async def test_changed_between_the_passes(live, name, how):
    """The second pass reads what the first has proved, or nothing of it takes the target's place."""
    file = archive(MANY, name) if name.endswith("gz") else whole(MANY, name)

    def change(progress) -> None:
        if progress.step != "load" or progress.done or file.stat().st_mtime == 1:
            return
        if how == "replaced":
            file.rename("proved")
            whole(b"-- other", name)
        elif how == "written":
            other = MANY.replace(b"things\t4999", b"things\t9999")
            file.write_bytes(archive(other, "other").read_bytes() if name.endswith("gz") else other)
        else:
            os.truncate(file, file.stat().st_size - 50)
        os.utime(file, (1, 1))

    restore = restore_database(file, "ledger:///live.db", force=True, on_progress=change)
    if how == "replaced":
        # It is still the file that was opened.
        await restore
        assert len(rows(live)) == 5000
        return
    with pytest.raises(InvalidArchive, match=f"'{name}' was changed while it was being restored; the target is as it"):
        await restore
    assert untouched(live)
