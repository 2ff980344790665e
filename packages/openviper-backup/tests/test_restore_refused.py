"""Files that are no whole dump, and databases that are not theirs."""

from __future__ import annotations

import gzip
import os
import re
import tarfile

import pytest
from archive_making import member as tar_member
from archive_making import packed, tar_of
from ledger_engine import END
from ledger_files import ENGINES, MANY, archive, link, untouched, whole

from openviper.backup.errors import (
    BackupError,
    BackupFileNotFound,
    InvalidArchive,
    InvalidInput,
    NotEnoughSpace,
    RestoreRefused,
    UnsupportedScheme,
)
from openviper.backup.restore import restore_database

pytestmark = pytest.mark.usefixtures("ledger_site")


@pytest.mark.parametrize(
    ("file", "url", "error", "words"),
    [
        ("nothing.tar.gz", "ledger:///live.db", BackupFileNotFound, "Backup file not found: 'nothing.tar.gz'"),
        ("live.db/x.tar.gz", "ledger:///live.db", BackupFileNotFound, "Backup file not found"),
        ("../x.tar.gz", "ledger:///live.db", InvalidInput, "Path traversal detected"),
        ("a/../x.tar.gz", "ledger:///live.db", InvalidInput, "Path traversal detected"),
        ("..", "ledger:///live.db", InvalidInput, "Path traversal detected"),
        ("backups", "ledger:///live.db", InvalidInput, "The backup 'backups' is a folder; name one of the files in it"),
        ("pipe.sql", "ledger:///live.db", InvalidInput, "The backup 'pipe.sql' is not a regular file"),
        ("/dev/zero", "ledger:///live.db", InvalidInput, "The backup '/dev/zero' is not a regular file"),
        ("loop.sql", "ledger:///live.db", BackupError, "The backup 'loop.sql' cannot be opened"),
        (
            "/proc/self/mem",
            "ledger:///live.db",
            BackupError,
            "The backup '/proc/self/mem' cannot be read: Input/output",
        ),
        (
            "x.tar.gz.meta.json",
            "ledger:///live.db",
            InvalidInput,
            "is the sidecar of a backup; name the backup",
        ),
        ("x.sql", "nodb://ada:hunter2@db/x", UnsupportedScheme, "Unsupported database scheme 'nodb'"),
        ("x.sql", "hunter2", InvalidInput, "The database URL cannot be read"),
    ],
)
async def test_refused(live, backup, file, url, error, words):
    """What cannot be restored, or not there, is said before anything is done."""
    os.mkfifo("pipe.sql")
    link("loop.sql", "loop.sql")
    whole(b"{}", "x.tar.gz.meta.json")
    with pytest.raises(error, match=re.escape(words)) as raised:
        await restore_database(file, url, force=True)
    assert "hunter2" not in str(raised.value)
    assert untouched(live)


BROKEN = [
    ("torn", lambda: whole(archive(MANY, "x.tar.gz").read_bytes()[:-20]), "No 'backup.sql' member found in archive"),
    ("empty", lambda: whole(b""), "No 'backup.sql' member found in archive"),
    ("no gzip", lambda: whole(b"\x00" + archive(MANY, "x.tar.gz").read_bytes()), "No 'backup.sql' member found"),
    (
        "no tar",
        lambda: whole(gzip.compress(MANY), "made.sql.gz"),
        "No 'backup.sql' member found in archive: 'made.sql.gz' is gzip, but not an archive; gunzip it and restore the",
    ),
    ("no tar, not text", lambda: whole(gzip.compress(b"\xff" * 600)), "No 'backup.sql' member found in archive"),
    ("a link", lambda: whole(packed(tar_of((tar_member(type=b"2", linkname="/etc/passwd"), b"")))), "No 'backup.sql'"),
    ("a FIFO", lambda: whole(packed(tar_of((tar_member(type=b"6"), b"")))), "No 'backup.sql' member found in archive"),
    ("a path", lambda: whole(packed(tar_of((tar_member("../backup.sql"), MANY)))), "No 'backup.sql' member found"),
    ("two", lambda: whole(packed(tar_of((tar_member(), MANY), (tar_member("b"), MANY)))), "No 'backup.sql' member"),
    ("no dump", lambda: whole(packed(tar_of((tar_member(), b"")))), "'made.tar.gz' is empty: it is not a dump"),
    ("an empty .sql", lambda: whole(b"", "made.sql"), "'made.sql' is empty: it is not a dump"),
    ("no trailer", lambda: archive(MANY.removesuffix(END)), "Its last line is missing"),
    ("no age", lambda: whole(b"x" * 100, "made.tar.gz.age"), "'made.tar.gz.age' is not encrypted with age"),
]


@ENGINES
@pytest.mark.parametrize(("make", "words"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN])
async def test_broken(live, scheme, make, words):
    """A file that is no whole dump is refused by its name, and the target is as it was."""
    with pytest.raises(InvalidArchive, match=re.escape(words)) as raised:
        await restore_database(file := make(), f"{scheme}:///live.db", force=True)
    assert str(raised.value).count(file.name) == 1
    assert str(raised.value).endswith("; the target is as it was")
    assert untouched(live)


async def test_of_another_engine(live, backup):
    """The sidecar's engine must be the target's."""
    with pytest.raises(RestoreRefused, match="says that it is of 'ledger'; Other cannot restore it"):
        await restore_database(backup, "other:///live.db", force=True)
    assert untouched(live)


async def test_with_the_content_of_another_engine(live):
    """What the dump begins with must be the target's engine's, where the sidecar does not tell."""
    file = whole(b"-- OTHER DUMP\n", "made.sql")
    with pytest.raises(RestoreRefused, match=r"'made\.sql' holds a dump of Other; Ledger cannot"):
        await restore_database(file, "ledger:///live.db", force=True)
    assert untouched(live)


async def test_with_content_of_nobody(live):
    """What nobody knows is for the engine to accept."""
    with pytest.raises(InvalidArchive, match="It is no ledger's dump"):
        await restore_database(whole(b"SELECT 1;\n", "made.sql"), "ledger:///live.db", force=True)
    assert untouched(live)


async def test_more_than_the_disk_holds(live):
    """What would not fit on the disk is refused before it is unpacked; where nothing is staged, once it was read."""
    header = tar_member()
    header.size = 1 << 50
    file = whole(packed(header.tobuf(tarfile.GNU_FORMAT) + MANY * 50))
    words = rf"'made\.tar\.gz' unpacks to {1 << 50} bytes, and the disk that takes them has \d+ left"
    with pytest.raises(NotEnoughSpace, match=words):
        await restore_database(file, "staged:///live.db", force=True)
    with pytest.raises(InvalidArchive, match=r"No 'backup\.sql' member found in archive"):
        await restore_database(file, "ledger:///live.db", force=True)
    assert untouched(live)
