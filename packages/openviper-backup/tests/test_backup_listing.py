"""Which backups a folder holds."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from pyrage import x25519
from sqlite_making import make_database, url_of
from stored_making import NOW, names, put

from openviper.backup.backup import backup_database
from openviper.backup.retention import list_backups

# Root may look at everything; it looks once, for what Python imports late.
UNPRIVILEGED = """
import os, sys
from pathlib import Path
from openviper.backup._stored.listing import stored_backups
from openviper.backup.errors import BackupError

folder = Path(sys.argv[1])
assert len(stored_backups(folder)) == 1
folder.chmod(0o444)
if os.getuid() == 0:
    os.setgroups([])
    os.setresgid(65534, 65534, 65534)
    os.setresuid(65534, 65534, 65534)
try:
    stored_backups(folder)
except BackupError as error:
    print(error)
"""


def remove(file: Path) -> None:
    file.unlink()


def replace_by_link(file: Path) -> None:
    file.rename(file.with_name("moved"))
    file.symlink_to("moved")


async def test_listed(tmp_path):
    """The newest comes first, with what its name and its sidecar tell."""
    old, new = put(tmp_path, 2), put(tmp_path, name="stock", extension=".sql.age")
    listed = await list_backups(tmp_path)
    assert names(listed) == [new, old]
    assert (listed[0].name, listed[0].moment, listed[0].number, listed[0].bytes) == ("stock", NOW, 1, 6)
    assert listed[0].sidecar.db_engine == "sqlite"
    assert [each.problem for each in listed] == [None, None]


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1])


def empty(file: Path) -> None:
    file.write_bytes(b"")


@pytest.mark.parametrize(
    ("change", "options", "problem"),
    [
        (empty, {}, "It is empty"),
        (empty, {"compress": False}, "It is empty"),
        (empty, {"encrypt": True}, "It is empty"),
        (cut, {}, "It is torn, or was changed: it does not end as its sidecar says"),
        (cut, {"compress": False}, "It is torn, or was changed: it does not end as its sidecar says"),
        (cut, {"encrypt": True}, None),
    ],
)
async def test_what_has_no_end(tmp_path, change, options, problem):
    """What is empty, or torn, is named as such without being read; of what is encrypted, only the first."""
    make_database(tmp_path / "shop.db", rows=10)
    options = {"encrypt": str(x25519.Identity.generate().to_public())} if "encrypt" in options else options
    made = await backup_database(url_of(tmp_path / "shop.db"), tmp_path / "nights", **options)
    assert [each.problem for each in await list_backups(tmp_path / "nights")] == [None]
    change(Path(made.location))
    assert [each.problem for each in await list_backups(tmp_path / "nights")] == [problem]


async def test_of_one_second(tmp_path):
    """Of the backups of one second, the one with the higher number is the newer."""
    file = Path(tmp_path, put(tmp_path))
    later = file.with_name(file.name.replace(".tar", "-2.tar"))
    later.write_bytes(b"2")
    tenth = file.with_name(file.name.replace(".tar", "-10.tar"))
    tenth.write_bytes(b"10")
    assert names(await list_backups(tmp_path)) == [tenth.name, later.name, file.name]


async def test_listed_by_name(tmp_path):
    """Of a folder with backups of several databases, only those of the one that is asked for are listed."""
    put(tmp_path, name="stock")
    shop = put(tmp_path, 1)
    assert names(await list_backups(tmp_path, name="shop")) == [shop]
    assert await list_backups(tmp_path, name="sho") == ()


async def test_what_is_no_backup(tmp_path):
    """Other files and folders are not listed, whatever their names."""
    put(tmp_path)
    for name in ("notes.txt", "shop_20240601-030000.tar.gz.part", "shop_20249901-030000.tar.gz", "shop.tar.gz"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "shop_20240601-040000.tar.gz").mkdir()
    os.mkfifo(tmp_path / "shop_20240601-050000.tar.gz")
    assert len(await list_backups(tmp_path)) == 1


async def test_a_link(tmp_path):
    """A link called like a backup, whose file was moved to another disk perhaps, is listed as no good one."""
    file = Path(tmp_path, put(tmp_path))
    replace_by_link(file)
    (listed,) = await list_backups(tmp_path)
    assert (listed.file, listed.problem) == (file, "It is a symbolic link, which is not followed here")


async def test_one_of_which_only_the_sidecar_is_left(tmp_path):
    """A backup whose file was removed, or lost, is listed as gone as long as its sidecar is there."""
    file = Path(tmp_path, put(tmp_path))
    remove(file)
    (listed,) = await list_backups(tmp_path)
    assert (listed.file, listed.bytes, listed.sidecar.db_engine) == (file, 0, "sqlite")
    assert listed.problem == "It is gone, and its sidecar is left: it was removed by hand, or lost"


def test_a_folder_whose_files_may_not_be_looked_at():
    """A folder that may be listed and not searched is refused in one sentence."""
    with tempfile.TemporaryDirectory() as locked:
        put(Path(locked))
        run = subprocess.run(
            [sys.executable, "-c", UNPRIVILEGED, locked], capture_output=True, text=True, check=True, cwd="/"
        )
        Path(locked).chmod(0o700)
    assert run.stdout == f"'{locked}' cannot be read: Permission denied\n"
