"""A pruning that is stopped: what is gone then, and what is said of it."""

from __future__ import annotations

import asyncio

import pytest
from stored_making import names, put

from openviper.backup.errors import Interrupted
from openviper.backup.retention import list_backups, prune_backups


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "backups"
    folder.mkdir()
    return folder


async def test_what_went_before_it_was_stopped(folder):
    """A pruning that is told to stop says what is gone."""
    files = [put(folder, day) for day in range(14)]

    def stop(progress) -> None:
        if progress.step == "remove" and not (folder / files[2]).exists():
            raise Interrupted("Interrupted: cancelled")

    with pytest.raises(Interrupted, match=r"^Interrupted: cancelled; removed before that: '.*', and 2 more$") as raised:
        await prune_backups(folder, keep_last=1, on_progress=stop)
    assert [name in str(raised.value) for name in reversed(files)] == [True] * 10 + [False] * 4
    assert names(await list_backups(folder)) == files[:2]


async def test_a_deadline(folder):
    """A pruning whose time is over ends, and nothing went that was not to go."""
    files = [put(folder, day) for day in range(3)]
    with pytest.raises(Interrupted):
        await prune_backups(folder, keep_last=1, timeout=0.000001)
    assert all((folder / name).exists() for name in files)


@pytest.mark.parametrize("step", ["check", "remove"])
async def test_cancelled(folder, step):
    """A pruning that is cancelled stops at a whole backup: none has lost its sidecar."""
    for day in range(5):
        put(folder, day)
    loop = asyncio.get_running_loop()
    prune = None

    async def cancel_now() -> None:
        prune.cancel()
        # Until it has heard of that.
        for _ in range(10):
            await asyncio.sleep(0)

    def cancel(progress) -> None:
        if progress.step == step:
            asyncio.run_coroutine_threadsafe(cancel_now(), loop).result(60)

    prune = asyncio.ensure_future(prune_backups(folder, keep_last=1, on_progress=cancel))
    with pytest.raises(asyncio.CancelledError):
        await prune
    left = await list_backups(folder)
    assert len(left) > 1
    assert all(each.problem is None for each in left)
