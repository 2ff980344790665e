"""``backup_database``, with an engine that is registered as anybody's would be."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from archive_making import read_all
from dump_script import ScriptedEngine

from openviper.backup.backup import backup_database
from openviper.backup.errors import Interrupted, InvalidInput, UnsupportedScheme
from openviper.backup.sidecar import read_sidecar

HERE = Path(__file__).parent
URL = "script://ada:hunter2@db.example/my shop"


def register(folder: Path) -> None:
    """Put a distribution into ``folder`` whose entry point is the scripted engine."""
    distribution = folder / "scripted-1.dist-info"
    distribution.mkdir()
    (distribution / "METADATA").write_text("Metadata-Version: 2.1\nName: scripted\nVersion: 1\n")
    (distribution / "entry_points.txt").write_text(
        "[openviper.backup_engines]\nscript = dump_script:ScriptedEngine\nslow = dump_script:SlowEngine\n"
    )


def files(folder: str) -> list[str]:
    """The names in a folder, none where there is no such folder."""
    return sorted(path.name for path in Path(folder).iterdir()) if Path(folder).exists() else []


def content(path: str) -> bytes:
    return Path(path).read_bytes()


@pytest.fixture(autouse=True)
def registered(tmp_path, monkeypatch):
    site = tmp_path / "site"
    site.mkdir()
    register(site)
    monkeypatch.syspath_prepend(site)
    monkeypatch.chdir(tmp_path)
    return site


async def test_the_result():
    """It says where the backup is, and what is in it."""
    result = await backup_database(URL, "backups/nightly")
    file = Path(result.location)
    assert file.parent == Path("backups/nightly")
    assert re.fullmatch(r"my_shop_\d{8}-\d{6}\.tar\.gz", file.name)
    assert result.sidecar == f"{result.location}.meta.json"
    data = content(result.location)
    assert read_all(data) == ScriptedEngine().content
    assert (result.engine, result.database_name) == ("script", "my_shop")
    assert (result.dump_bytes, result.bytes) == (len(ScriptedEngine().content), len(data))
    assert result.checksum == hashlib.sha256(data).hexdigest() == read_sidecar(file).checksum
    assert result.seconds > 0
    assert (result.row_counts, result.notes) == (None, ("a note",))
    assert "hunter2" not in repr(result) + content(result.sidecar).decode()


async def test_without_a_path():
    """The folder is ``./backup``."""
    assert Path((await backup_database(URL)).location).parent == Path("backup")


@pytest.mark.parametrize(
    ("options", "pattern"),
    [
        ({"name": "nightly"}, r"nightly_\d{8}-\d{6}\.tar\.gz"),
        ({"compress": False}, r"my_shop_\d{8}-\d{6}\.sql"),
        ({"fast": True}, r"my_shop_\d{8}-\d{6}\.tar\.gz"),
        (
            {"encrypt": ["age1mt9lfmhu6mv66vyr9tgqmant5vujzah7f5336wyjp5cx9rartemqjsw2n3"]},
            r"my_shop_\d{8}-\d{6}\.tar\.gz\.age",
        ),
    ],
)
async def test_names(options, pattern):
    """The file's name has the name, the time, and what kind of file it is."""
    result = await backup_database(URL, **options)
    assert re.fullmatch(pattern, Path(result.location).name)
    assert result.database_name == read_sidecar(Path(result.location)).database_name


@pytest.mark.parametrize(
    ("url", "path", "options", "error", "words"),
    [
        (URL, "../backup", {}, InvalidInput, "Path traversal detected"),
        (URL, "a/../b", {}, InvalidInput, "Path traversal detected"),
        (URL, "", {}, InvalidInput, "is not a path"),
        (URL, "new", {"name": "a/b"}, InvalidInput, "--name 'a/b'"),
        (URL, "new", {"globals_file": "../roles.sql"}, InvalidInput, "Path traversal detected"),
        (URL, "new", {"encrypt": ["ada"]}, InvalidInput, "Recipient 1 is not an age recipient"),
        ("nodb://ada:hunter2@db.example/x", "new", {}, UnsupportedScheme, "Unsupported database scheme 'nodb'"),
        ("hunter2", "new", {}, InvalidInput, "The database URL cannot be read"),
    ],
)
async def test_refused(url, path, options, error, words):
    """What cannot be is refused before anything is created, and a password is not shown."""
    with pytest.raises(error, match=re.escape(words)) as raised:
        await backup_database(url, path, **options)
    assert "hunter2" not in str(raised.value)
    assert files(".") == ["site"]


async def test_the_loop_goes_on():
    """While a backup is made, the event loop serves others; progress comes from another thread."""
    threads = set()
    backup = asyncio.ensure_future(
        backup_database("slow:///shop", on_progress=lambda _: threads.add(threading.current_thread()))
    )
    for _ in range(20):
        await asyncio.sleep(0.01)
    assert not backup.done()
    backup.cancel()
    with pytest.raises(asyncio.CancelledError):
        await backup
    assert threads
    assert threading.main_thread() not in threads


@pytest.mark.parametrize("moments", [0, 1, 5, 20])
async def test_cancelled(moments):
    """Cancelled whenever, it ends only when nothing remains."""
    backup = asyncio.ensure_future(backup_database("slow:///shop", "backups"))
    for _ in range(moments):
        await asyncio.sleep(0.01)
    backup.cancel()
    with pytest.raises(asyncio.CancelledError):
        await backup
    assert files("backups") == []


async def test_a_deadline():
    """After its time it ends, and nothing remains."""
    with pytest.raises(Interrupted, match=r"not done within 0\.2 s"):
        await backup_database("slow:///shop", "backups", timeout=0.2)
    assert files("backups") == []


async def test_many_at_once():
    """Backups of one database in one second, at the same time, do not meet."""
    results = await asyncio.gather(*[backup_database(URL, "backups") for _ in range(4)])
    assert len({result.location for result in results}) == 4
    assert len(files("backups")) == 8


STOPPED = """
import asyncio, signal, sys
from openviper.backup.backup import backup_database

async def main():
    task = asyncio.current_task()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    await backup_database("slow:///shop", "backups", on_progress=lambda _: print(".", end="", flush=True))

asyncio.run(main())
"""


def test_sigterm(registered):
    """A program that turns SIGTERM into cancellation leaves nothing behind."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(HERE), str(registered)])}
    with subprocess.Popen(
        [sys.executable, "-c", STOPPED], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        running.stdout.read(3)
        assert [Path(name).suffix for name in files("backups")] == [".part"]
        running.send_signal(signal.SIGTERM)
        _, errors = running.communicate(timeout=60)
    assert b"CancelledError" in errors
    assert files("backups") == []


PEAK = """
import asyncio, sys
from openviper.backup.backup import backup_database

def peak():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))

async def main():
    before = peak()
    result = await backup_database("large:///shop", fast=sys.argv[1] == "fast", encrypt=sys.argv[2:])
    print(result.dump_bytes, peak() - before)

asyncio.run(main())
"""


@pytest.mark.parametrize("how", ["zlib", "fast"])
def test_memory_stays_flat(registered, how):
    """A backup of 200 MB, its imports included, takes less than 32 MiB above the interpreter."""
    with (registered / "scripted-1.dist-info" / "entry_points.txt").open("a") as entry_points:
        entry_points.write("large = dump_script:LargeEngine\n")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(HERE), str(registered)])}
    run = subprocess.run([sys.executable, "-c", PEAK, how], env=environment, capture_output=True, text=True, check=True)
    size, peak = map(int, run.stdout.split())
    assert size == 200 << 20
    assert peak < 32 << 10
