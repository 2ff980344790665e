"""Restores that are cancelled, killed, or too late."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from ledger_engine import dump_of, rows
from ledger_files import ENGINES, NEW, OLD, archive, untouched

from openviper.backup.errors import Interrupted
from openviper.backup.restore import restore_database

pytestmark = pytest.mark.usefixtures("ledger_site")
HERE = Path(__file__).parent


@ENGINES
@pytest.mark.parametrize("step", ["preflight", "confirm", "prove", "load", "swap"])
async def test_cancelled(live, backup, scheme, step):
    """Cancelled at any step before the swap is done, the target is as it was."""
    reached, goes_on = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def wait(progress) -> None:
        if progress.step == step:
            loop.call_soon_threadsafe(reached.set)
            goes_on.wait(30)

    confirm = (lambda _: True) if step == "confirm" else None
    restore = asyncio.ensure_future(
        restore_database(backup, f"{scheme}:///live.db", force=not confirm, confirm=confirm, on_progress=wait)
    )
    await reached.wait()
    restore.cancel()
    await asyncio.sleep(0)
    goes_on.set()
    with pytest.raises(asyncio.CancelledError):
        await restore
    assert untouched(live)


async def test_cancelled_while_it_asks(live, backup):
    """A question that nobody answers does not keep a cancelled restore."""
    asked, answer = threading.Event(), threading.Event()

    def confirm(_) -> bool:
        asked.set()
        return answer.wait(60)

    restore = asyncio.ensure_future(restore_database(backup, "ledger:///live.db", confirm=confirm))
    await asyncio.to_thread(asked.wait, 30)
    restore.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(restore, 30)
    assert untouched(live)
    answer.set()


async def test_a_deadline(live, backup):
    """After its time it ends, and the target is as it was."""
    with pytest.raises(Interrupted, match=r"not done within 0\.05 s"):
        await restore_database(
            backup, "ledger:///live.db", force=True, timeout=0.05, on_progress=lambda _: time.sleep(0.1)
        )
    assert untouched(live)


@ENGINES
@pytest.mark.parametrize(
    ("options", "at", "is_restored"),
    [
        ({}, lambda each: each.step == "load", False),
        ({}, lambda each: each.step == "swap", False),
        ({}, lambda each: each.step == "swap" and each.done, True),
        ({"in_place": True}, lambda each: each.step == "load", True),
    ],
    ids=["load", "before the swap", "in the swap", "in place"],
)
async def test_a_callback_that_fails(live, backup, scheme, options, at, is_restored):
    """Its error ends a restore that has touched nothing, and is no error once that has begun to."""

    def fail(progress) -> None:
        if at(progress):
            raise OSError("the terminal is gone")

    restore = restore_database(backup, f"{scheme}:///live.db", force=True, on_progress=fail, **options)
    if is_restored:
        await restore
        assert rows(live) == NEW
    else:
        with pytest.raises(OSError, match="the terminal is gone"):
            await restore
        assert untouched(live)


KILLED = """
import asyncio, os, signal, sys
from openviper.backup.restore import restore_database

left = int(sys.argv[3])

def count(progress):
    global left
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
    left -= 1

asyncio.run(restore_database(sys.argv[1], sys.argv[2], force=True, on_progress=count))
"""


@ENGINES
def test_killed(live, ledger_site, scheme):
    """Killed at any point, the target holds the old or the new, and the next run works."""
    file = archive(dump_of(b"one", b"two"))
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(HERE), str(ledger_site)])}
    ends = []
    for point in range(30):
        live.write_bytes(b"".join(OLD))
        command = [sys.executable, "-c", KILLED, str(file), f"{scheme}:///live.db", str(point)]
        killed = subprocess.run(command, env=environment, capture_output=True, check=False)
        assert rows(live) in (OLD, NEW)
        if killed.returncode == 0:
            break
        assert killed.returncode == -signal.SIGKILL, killed.stderr
        ends.append(rows(live))
        assert subprocess.run([*command[:-1], "-1"], env=environment, capture_output=True, check=False).returncode == 0
        assert rows(live) == NEW
        assert not Path("live.db.new").exists()
    assert ends[:-1] == [OLD] * (len(ends) - 1)
    assert ends[-1] == NEW
    assert len(ends) >= 6
