"""A MariaDB server that is ended by SIGKILL at each step of a restore's swap, and what goes on from there."""

from __future__ import annotations

import os
import signal

import pytest
from mariadb_shop import contents, everything
from mariadb_swaps import BEHIND, CHANGES, SWAPPING, left_over

from openviper.backup.backup import backup_database
from openviper.backup.errors import InvalidInput, RestoreRefused, SwapUnfinished, ToolFailed
from openviper.backup.restore import restore_database
from openviper.backup.resume import resume_restore

# What the swap is known to have begun with, and not to be over.
OPEN = SWAPPING[:-1]


async def prepared(server, folder):
    """Return a database, what was in it when it was backed up, what is in it, and the backup."""
    made = server.fresh(everything("shop_9"), name="shop_9")
    new = contents(made)
    file = (await backup_database(made.url, folder)).location
    made.run(CHANGES)
    return made, new, contents(made), file


def killing(server, step):
    """Return an ``on_progress`` that ends the server at a step."""

    def look(progress):
        if progress.step == step and progress.done == 0:
            os.kill(server.pid, signal.SIGKILL)

    return look


@pytest.mark.parametrize(("step", "way"), [(step, ("resume", "undo")[at % 2]) for at, step in enumerate(OPEN)])
async def test_in_the_swap_one_command_finishes_or_undoes(own_mariadb, tmp_path, step, way):
    """Told how to go on; once the server runs again, the database is the new one or the old one, in everything."""
    server = own_mariadb()
    made, new, old, file = await prepared(server, tmp_path)
    with pytest.raises(SwapUnfinished, match=r"--resume' finishes"):
        await restore_database(file, made.url, force=True, on_progress=killing(server, step))
    server.kill()
    server.start()
    await resume_restore(file, made.url, undo=way == "undo")
    assert contents(made) == (old if way == "undo" else new)
    assert left_over(made, file) == []


@pytest.mark.parametrize("step", [SWAPPING[-1], BEHIND[0]])
async def test_behind_the_swap_it_was_restored(own_mariadb, tmp_path, step):
    """All is in its place: it succeeds, and says what could not be taken away; one command does so."""
    server = own_mariadb()
    made, new, _, file = await prepared(server, tmp_path)
    restored = await restore_database(file, made.url, force=True, on_progress=killing(server, step))
    assert "--resume' finishes" in " ".join(restored.notes)
    server.kill()
    server.start()
    await resume_restore(file, made.url)
    assert contents(made) == new
    assert left_over(made, file) == []


@pytest.mark.parametrize("step", ["swap: write plan", "swap: mark"])
async def test_before_anything_moves_the_next_restore_works(own_mariadb, tmp_path, step):
    """The target is as it was, whatever the plan beside the backup says."""
    server = own_mariadb()
    made, new, old, file = await prepared(server, tmp_path)
    with pytest.raises((ToolFailed, SwapUnfinished)):
        await restore_database(file, made.url, force=True, on_progress=killing(server, step))
    server.kill()
    server.start()
    assert contents(made) == old
    with pytest.raises((InvalidInput, RestoreRefused), match=r"was stopped in its swap|had not begun"):
        await resume_restore(file, made.url)
    await restore_database(file, made.url, force=True)
    assert contents(made) == new
    assert left_over(made, file) == []
