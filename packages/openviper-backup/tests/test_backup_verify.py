"""``verify_backup``, with an engine of files that does what engines do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from archive_making import write_archive
from ledger_engine import BEGIN, END, dump_of, rows
from ledger_files import ENGINES, NEW, OLD, untouched, whole

from openviper.backup.backup import backup_database
from openviper.backup.errors import (
    BackupFileNotFound,
    InvalidArchive,
    InvalidInput,
    RestoreRefused,
    ToolFailed,
    UnsupportedScheme,
)
from openviper.backup.sidecar import sidecar_path
from openviper.backup.verify import verify_backup

pytestmark = pytest.mark.usefixtures("ledger_site")
NOT_COMPARED = "No row counts were recorded to compare with"


@ENGINES
async def test_the_result(live, backup, scheme):
    """The rows are counted and compared, and nothing of it remains."""
    result = await verify_backup(backup, f"{scheme}:///live.db")
    assert (result.file, result.engine, result.dump_bytes) == (backup, "ledger", len(dump_of(b"one", b"two")))
    assert (dict(result.row_counts), result.compared) == ({"things": 2}, True)
    assert result.notes == ("accepted",)
    assert result.seconds > 0
    assert untouched(live)


async def test_steps(live, backup):
    """It does what a restore does, but the swap."""
    seen = []
    await verify_backup(backup, "ledger:///live.db", on_progress=lambda each: seen.append(each.step))
    assert list(dict.fromkeys(seen)) == ["preflight", "prove", "load", "count"]


async def test_without_counts(live):
    """It is said that there was nothing to compare with."""
    whole(b"".join(NEW), "source.db")
    file = (await backup_database("ledger:///source.db")).location
    result = await verify_backup(file, "ledger:///live.db")
    assert (dict(result.row_counts), result.compared) == ({"things": 2}, False)
    assert NOT_COMPARED in result.notes


@pytest.mark.parametrize(
    ("recorded", "words"),
    [
        ('{"things": 3}', "'things': 2 instead of 3"),
        ('{"things": 2, "others": 1}', "'others': missing instead of 1"),
        ("{}", "'things': 2 instead of none"),
        (
            "{" + ", ".join(f'"t{number}": 1' for number in range(20)) + "}",
            "'t17': missing instead of 1, and 11 more",
        ),
    ],
)
async def test_other_counts(live, backup, recorded, words):
    """Where a count is another than was recorded, the tables are named."""
    sidecar = sidecar_path(backup)
    text, done = re.subn(r'"row_counts": \{[^}]*\}', f'"row_counts": {recorded}', sidecar.read_text())
    assert done == 1
    sidecar.write_text(text)
    with pytest.raises(InvalidArchive, match=words):
        await verify_backup(backup, "ledger:///live.db")
    assert untouched(live)


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda: whole(b"\x1f\x8b", "made.tar.gz"), InvalidArchive),
        (lambda: whole(dump_of(b"x").removesuffix(END), "made.sql"), InvalidArchive),
        (lambda: whole(BEGIN + b"no row\n" + END, "made.sql"), ToolFailed),
        (lambda: Path("nothing.sql"), BackupFileNotFound),
    ],
)
async def test_refused(live, make, error):
    """What could not be restored cannot be verified, and nothing of it remains."""
    with pytest.raises(error):
        await verify_backup(make(), "ledger:///live.db")
    assert untouched(live)


async def test_changed_meanwhile():
    """What is changed while it is verified is said to be so, and nothing of a target, which there is not."""
    file = whole(dump_of(b"one"), "made.sql")

    def change(progress) -> None:
        if progress.step == "load":
            whole(dump_of(b"two"), "made.sql")

    with pytest.raises(InvalidArchive, match=f"^'{file}' was changed while it was being restored$"):
        await verify_backup(file, "ledger:///live.db", on_progress=change)


async def test_without_a_url(backup):
    """What needs a server is verified only where one is named."""
    with pytest.raises(InvalidInput, match="is of Ledger: a server is needed to restore it to; name a database"):
        await verify_backup(backup)


async def test_without_a_url_and_a_sidecar(backup):
    """The content tells whose it is."""
    sidecar_path(backup).unlink()
    with pytest.raises(InvalidInput, match="is of Ledger: a server is needed"):
        await verify_backup(backup)


async def test_of_nobody():
    """What nobody knows is verified only by who is named."""
    with pytest.raises(
        InvalidInput, match=r"Nothing in 'made\.sql' says which database it is a backup of; name one with --db"
    ):
        await verify_backup(whole(b"SELECT 1;\n", "made.sql"))


async def test_of_another_engine(live, backup):
    """The sidecar's engine must be the one that is named."""
    with pytest.raises(RestoreRefused, match="says that it is of 'ledger'; Other cannot restore it"):
        await verify_backup(backup, "other:///live.db")


async def test_of_an_engine_that_is_not_here(backup):
    """A sidecar may name an engine that is not installed."""
    sidecar = sidecar_path(backup)
    sidecar.write_text(sidecar.read_text().replace('"ledger"', '"acme"'))
    with pytest.raises(UnsupportedScheme, match="Unsupported database scheme 'acme'"):
        await verify_backup(backup)


async def test_no_trailer(live):
    """By choice, a dump without its last line is loaded, and that is said."""
    write_archive(Path("made.tar.gz"), dump_of(b"x").removesuffix(END))
    result = await verify_backup("made.tar.gz", "ledger:///live.db", verify_trailer=False)
    assert "without its last line" in result.notes
    assert rows(live) == OLD
