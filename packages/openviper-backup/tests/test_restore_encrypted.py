"""Restores of backups that are encrypted with age."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from pathlib import Path

import pyrage
import pytest
from ledger_engine import rows
from ledger_files import ENGINES, NEW, untouched, whole

from openviper.backup._restoring import readable
from openviper.backup.backup import backup_database
from openviper.backup.errors import BackupError, InvalidArchive, InvalidInput, NotEnoughSpace
from openviper.backup.restore import restore_database

pytestmark = pytest.mark.usefixtures("ledger_site")


@pytest.fixture
def identity(tmp_path):
    """An identity of age, and the file it is in."""
    identity = pyrage.x25519.Identity.generate()
    file = tmp_path / "key.txt"
    file.write_text(f"# created: today\n{identity}\n")
    return identity, file


@pytest.fixture(params=[".tar.gz.age", ".sql.age"])
async def encrypted(request, identity):
    """A backup that only the identity's holder can read."""
    whole(b"".join(NEW), "source.db")
    options = {"compress": "tar" in request.param, "encrypt": [str(identity[0].to_public())]}
    file = Path((await backup_database("ledger:///source.db", "backups", **options)).location)
    assert file.name.endswith(request.param)
    return file


@ENGINES
async def test_encrypted(live, encrypted, identity, scheme):
    """An encrypted backup is restored by whoever has the identity, and nothing of it is left in the clear."""
    seen = []
    await restore_database(
        encrypted,
        f"{scheme}:///live.db",
        force=True,
        identity_file=identity[1],
        on_progress=lambda each: seen.append(each.step),
    )
    assert rows(live) == NEW
    assert list(dict.fromkeys(seen)) == ["preflight", "decrypt", "prove", "load", "swap"]
    assert len(list(encrypted.parent.iterdir())) == 2


async def test_an_identity_of_the_environment(live, encrypted, identity, monkeypatch):
    """A cron job names its identity by a variable."""
    monkeypatch.setenv("AGE_IDENTITY_FILE", str(identity[1]))
    await restore_database(encrypted, "ledger:///live.db", force=True)
    assert rows(live) == NEW


async def test_without_an_identity(live, encrypted, monkeypatch):
    """Without an identity, and with another, nothing is restored."""
    monkeypatch.delenv("AGE_IDENTITY_FILE", raising=False)
    with pytest.raises(InvalidInput, match="an age identity file is needed"):
        await restore_database(encrypted, "ledger:///live.db", force=True)
    other = whole(f"{pyrage.x25519.Identity.generate()}\n".encode(), "other.txt")
    with pytest.raises(InvalidArchive, match="cannot be decrypted"):
        await restore_database(encrypted, "ledger:///live.db", force=True, identity_file=other)
    assert untouched(live)


DAMAGES = {
    "torn": lambda good: good[:-1],
    "another last byte": lambda good: good[:-1] + bytes([good[-1] ^ 1]),
    "another first byte": lambda good: b"x" + good[1:],
    "more": lambda good: good + b"x",
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("skip", [True, False])
async def test_damaged_and_encrypted(live, encrypted, identity, damage, skip):
    """What was changed is not decrypted, whether or not a checksum tells it."""
    encrypted.write_bytes(DAMAGES[damage](encrypted.read_bytes()))
    with pytest.raises(InvalidArchive):
        await restore_database(
            encrypted, "ledger:///live.db", force=True, identity_file=identity[1], skip_checksum=skip
        )
    assert untouched(live)


async def test_encrypted_again(live, encrypted, identity):
    """What was encrypted by another for the same recipient is not the backup of the sidecar."""
    again = pyrage.encrypt(pyrage.decrypt(encrypted.read_bytes(), [identity[0]]), [identity[0].to_public()])
    encrypted.write_bytes(again)
    with pytest.raises(InvalidArchive, match="its sidecar says"):
        await restore_database(encrypted, "ledger:///live.db", force=True, identity_file=identity[1])
    assert untouched(live)
    await restore_database(encrypted, "ledger:///live.db", force=True, identity_file=identity[1], skip_checksum=True)
    assert rows(live) == NEW


async def test_no_room_to_decrypt(live, disk, identity, monkeypatch):
    """Where what is decrypted has no room, that is said before it is begun, or where the disk is full after all."""
    whole(b"".join(b"things\t%s\n" % os.urandom(500).hex().encode() for _ in range(600)), "source.db")
    options = {"compress": False, "encrypt": str(identity[0].to_public())}
    monkeypatch.setattr(tempfile, "tempdir", str(disk))
    made = await backup_database("ledger:///source.db", "backups", **options)
    file = Path(shutil.copy(made.location, disk))
    shutil.copy(made.sidecar, disk)
    with pytest.raises(NotEnoughSpace, match=f"'{file}' unpacks to {made.bytes} bytes, and the disk"):
        await restore_database(file, "ledger:///live.db", force=True, identity_file=identity[1])
    monkeypatch.setattr(readable, "check_room", lambda *_facts: None)
    with pytest.raises(NotEnoughSpace, match=f"What is in '{file}' cannot be written to the disk: No space left"):
        await restore_database(file, "ledger:///live.db", force=True, identity_file=identity[1])
    assert untouched(live)
    assert len(list(disk.iterdir())) == 2


async def test_nowhere_to_decrypt(live, encrypted, identity, monkeypatch):
    """Where neither the backup's folder nor TMPDIR takes what is decrypted, that is said."""

    def refuse(*_arguments, **_options):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    with pytest.raises(BackupError, match=r"can be decrypted neither beside it nor in TMPDIR: Read-only file system"):
        await restore_database(encrypted, "ledger:///live.db", force=True, identity_file=identity[1])
    assert untouched(live)
