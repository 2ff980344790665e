"""``restore_database``, with an engine of files that does what engines do."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest
from ledger_engine import BEGIN, END, dump_of, locked, rows
from ledger_files import ENGINES, NEW, OLD, archive, beside, untouched, whole

from openviper.backup.backup import backup_database
from openviper.backup.errors import (
    BackupError,
    RestoreRefused,
    SwapUnfinished,
    TargetBusy,
    ToolFailed,
)
from openviper.backup.restore import restore_database
from openviper.backup.sidecar import read_sidecar, sidecar_path

HERE = Path(__file__).parent
pytestmark = pytest.mark.usefixtures("ledger_site")


@ENGINES
async def test_the_result(live, backup, scheme):
    """The target holds what the backup holds, and the result says so."""
    result = await restore_database(backup, f"{scheme}://ada:hunter2@/live.db", force=True)
    assert rows(live) == NEW
    assert (result.file, result.target, result.engine) == (backup, f"{scheme}://ada@/live.db", "ledger")
    assert result.dump_bytes == len(dump_of(b"one", b"two"))
    assert result.seconds > 0
    assert (result.kept, result.row_counts) == (None, {"things": 2})
    of_another, *notes = result.notes
    assert of_another.startswith("The backup is of 'source.db' from ")
    assert of_another.endswith(" UTC; the database it was restored to is 'live.db'")
    assert notes == ["accepted", "swapped"]
    assert beside() == {"live.db", "live.db.lock"}


@ENGINES
@pytest.mark.parametrize(
    ("options", "name"), [({"compress": False}, ".sql"), ({"fast": True}, ".tar.gz"), ({"name": "x"}, ".tar.gz")]
)
async def test_kinds_of_files(live, scheme, options, name):
    """What a backup is written as, it is restored from."""
    whole(b"".join(NEW), "source.db")
    file = (await backup_database("ledger:///source.db", **options)).location
    assert file.endswith(name)
    await restore_database(file, f"{scheme}:///live.db", force=True)
    assert rows(live) == NEW


@ENGINES
async def test_large(live, scheme):
    """Every byte of a dump of many pieces arrives."""
    source = b"".join(b"things\t%d\n" % number for number in range(400_000))
    whole(source, "source.db")
    file = (await backup_database("ledger:///source.db")).location
    seen = []
    await restore_database(file, f"{scheme}:///live.db", force=True, on_progress=seen.append)
    assert live.read_bytes() == source
    assert list(dict.fromkeys(each.step for each in seen)) == ["preflight", "prove", "load", "swap"]
    proving = [each for each in seen if each.step == "prove"]
    assert proving[-1].done == proving[-1].total > 0


async def test_a_new_database(backup):
    """Where nothing is overwritten, nobody is asked."""
    await restore_database(backup, "ledger:///fresh.db")
    assert rows(Path("fresh.db")) == NEW


async def test_keeping_the_old(live, backup):
    """The old data can be kept."""
    result = await restore_database(backup, "ledger:///live.db", force=True, keep_old=True)
    assert (result.kept, rows(Path("live.db.old")), rows(live)) == ("live.db.old", OLD, NEW)


async def test_without_consent(live, backup):
    """Data is not overwritten where nobody can be asked."""
    with pytest.raises(RestoreRefused, match=re.escape("'ledger:///live.db' holds data")) as raised:
        await restore_database(backup, "ledger://:hunter2@/live.db")
    assert "hunter2" not in str(raised.value)
    assert untouched(live)


async def test_consent(live, backup):
    """The question names the target and the backup, what that is of and from when, without a password; yes is yes."""
    asked = []
    result = await restore_database(backup, "ledger://:hunter2@/live.db", confirm=lambda text: not asked.append(text))
    made = read_sidecar(backup).timestamp
    assert asked == [
        f"'ledger:///live.db' holds data. Replace it with what is in {str(backup)!r}, a backup of 'source.db' from "
        f"{made:%Y-%m-%d %H:%M:%S} UTC?"
    ]
    assert result.notes == ("accepted", "swapped")
    assert rows(live) == NEW


async def test_of_another_name(live, backup):
    """Of a backup that does not say where its database was, the name tells."""
    sidecar = sidecar_path(backup)
    text, done = re.subn(r'"source": "[^"]*"', '"source": null', sidecar.read_text())
    assert done == 1
    for name, others in (("source.db", 1), ("live.db", 0)):
        sidecar.write_text(text.replace('"database_name": "source.db"', f'"database_name": "{name}"'))
        result = await restore_database(backup, "ledger:///live.db", force=True)
        assert sum("the database it was restored to is 'live.db'" in note for note in result.notes) == others


async def test_of_the_same_database(live):
    """What is of the target itself is restored without a note about that; its rows are told only as it was proved."""
    file = (await backup_database("ledger:///live.db", count_rows=True)).location
    result = await restore_database(file, "ledger:///live.db", force=True, skip_checksum=True)
    assert result.row_counts is None
    assert not [note for note in result.notes if "The backup is of" in note]


async def test_no_consent(live, backup):
    """Where the answer is no, nothing is replaced."""
    with pytest.raises(RestoreRefused, match=r"Not restored: 'ledger:///live\.db' is as it was"):
        await restore_database(backup, "ledger:///live.db", confirm=lambda _: False)
    assert untouched(live)


@ENGINES
async def test_it_cannot_be_loaded(live, scheme):
    """What fails while it is loaded leaves the target as it was, and says so."""
    with pytest.raises(ToolFailed, match=r"ledger exited 3: syntax error; the target is as it was$"):
        await restore_database(archive(BEGIN + b"no row\n" + END), f"{scheme}:///live.db", force=True)
    assert untouched(live)


@pytest.mark.parametrize(
    ("scheme", "kind", "text"),
    [
        ("away", ToolFailed, "ledger exited 1: no server answers; the target was not touched"),
        ("half", SwapUnfinished, "It is half done"),
    ],
)
async def test_what_is_not_known_of_the_target(live, scheme, kind, text):
    """Of a target that nobody has seen, or whose swap is not finished, it is not said that it is as it was."""
    with pytest.raises(kind) as raised:
        await restore_database(archive(dump_of(b"one")), f"{scheme}:///live.db", force=True)
    assert str(raised.value) == text


async def test_it_cannot_be_loaded_in_place(live):
    """Where it is loaded into the target itself, nothing is promised of that."""
    with pytest.raises(ToolFailed, match=r"ledger exited 3: syntax error$"):
        await restore_database(archive(BEGIN + b"no row\n" + END), "ledger:///live.db", force=True, in_place=True)


@pytest.mark.parametrize("engine", ["lazy", "looking"])
async def test_half_read(live, backup, engine):
    """An engine that has not read all of the dump has restored nothing, and that is said once."""
    with pytest.raises(BackupError, match="has not read all of") as raised:
        await restore_database(backup, f"{engine}:///live.db", force=True)
    assert str(raised.value).count("as it was") == 1
    assert untouched(live)


async def test_without_a_trailer(live):
    """By choice, a dump without its last line is restored, and that is said."""
    file = whole(dump_of(b"one", b"two").removesuffix(END), "hand.sql")
    result = await restore_database(file, "ledger:///live.db", force=True, verify_trailer=False)
    assert rows(live) == NEW
    assert "without its last line" in result.notes


async def test_another_restore_is_running(live, backup):
    """A target has one restore at a time."""
    with locked(Path("live.db.lock")), pytest.raises(TargetBusy, match=r"is held by another restore$"):
        await restore_database(backup, "ledger:///live.db", force=True)
    assert untouched(live)


PEAK = """
import asyncio, sys
from openviper.backup.restore import restore_database

def peak():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))

async def main():
    before = peak()
    result = await restore_database(sys.argv[1], "piping:///fresh.db")
    print(result.dump_bytes, peak() - before)

asyncio.run(main())
"""


@pytest.mark.parametrize("name", ["made.tar.gz", "made.sql"])
def test_memory_stays_flat(ledger_site, name):
    """A restore of 100 MB, its imports included, takes less than 32 MiB above the interpreter."""
    line = b"things\t" + random.Random(1).randbytes(1 << 16).hex().encode() + b"\n"
    content = BEGIN + line * 800 + END
    file = archive(content, name) if name.endswith("gz") else whole(content, name)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(HERE), str(ledger_site)])}
    run = subprocess.run(
        [sys.executable, "-c", PEAK, file], env=environment, capture_output=True, text=True, check=True
    )
    size, peak = map(int, run.stdout.split())
    assert size == len(content) > 100 << 20
    assert peak < 32 << 10
    assert Path("fresh.db").read_bytes() == content
