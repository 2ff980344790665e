"""A backup of MariaDB that is ended by SIGKILL at each of its steps."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from openviper.backup.backup import backup_database

SCRIPT = """
import asyncio, os, signal, sys
from openviper.backup.backup import backup_database

_, folder, url, step, done = sys.argv

def look(progress):
    if progress.step == step and progress.done >= int(done):
        os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(backup_database(url, folder, count_rows=True, on_progress=look))
"""
# Some MB, so that mariadb-dump is not done before we are killed.
BULK = "CREATE TABLE bulk (a INT PRIMARY KEY, b TEXT); INSERT INTO bulk SELECT seq, REPEAT(MD5(seq), 20) FROM {}"


def kill(folder, url, step, done, temporary):
    """Have a backup be killed at a step, once so many bytes of it are done."""
    command = [sys.executable, "-c", SCRIPT, str(folder), url, step, str(done)]
    run = subprocess.run(command, env={**os.environ, "TMPDIR": str(temporary)}, timeout=60, check=False)
    assert run.returncode == -signal.SIGKILL


def programs(name):
    """Return the process ids of the vendor's programs that have a database of this name in their command line."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if words[0].endswith((b"/mariadb-dump", b"/mariadb")) and name.encode() in words:
            found.append(int(folder.name))
    return found


def wait_for(look):
    """Wait until there is nothing."""
    deadline = time.monotonic() + 30
    while found := look():
        assert time.monotonic() < deadline, found
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("step", "done"), [("dump", 0), ("dump", 1 << 20), ("sync", 0), ("read back", 0), ("publish", 0), ("sidecar", 0)]
)
async def test_a_killed_backup_leaves_nothing_that_runs_or_stops_the_next(mariadb, tmp_path, step, done):
    """Neither mariadb-dump nor a session goes on, no file has the password, and the next backup is made."""
    shop = mariadb.fresh(BULK.format("seq_1_to_20000"), user="owner")
    folder, temporary = tmp_path / "backups", tmp_path / "temporary"
    for each in (folder, temporary):
        each.mkdir()
    kill(folder, shop.url, step, done, temporary)
    assert [*temporary.iterdir()] == []
    wait_for(lambda: programs(shop.name))
    wait_for(lambda: shop.run("SELECT ID FROM information_schema.PROCESSLIST WHERE USER = 'owner'"))
    whole = [path for path in folder.iterdir() if path.suffix != ".part"]
    assert len(whole) == (step == "sidecar")
    seen = set()
    result = await backup_database(
        shop.url, folder, count_rows=True, on_progress=lambda _: seen.update(programs(shop.name))
    )
    assert seen
    assert {*folder.iterdir()} == {*whole, Path(result.location), Path(result.sidecar)}
