"""A restore into MariaDB that is ended by SIGKILL at each of its steps, and what goes on from there."""

from __future__ import annotations

from pathlib import Path

import pytest
from mariadb_shop import contents, everything
from mariadb_swaps import BEFORE, BEHIND, CHANGES, SWAPPING, killed, left_over

from openviper.backup.backup import backup_database
from openviper.backup.errors import InvalidInput, RestoreRefused
from openviper.backup.restore import restore_database
from openviper.backup.resume import resume_restore


@pytest.fixture
async def shop(mariadb, tmp_path):
    """A database, what was in it when it was backed up, what is in it, and the backup."""
    made = mariadb.fresh(everything("shop_9"), name="shop_9")
    new = contents(made)
    result = await backup_database(made.url, tmp_path)
    made.run(CHANGES)
    old = contents(made)
    assert {key for key in new if old.get(key) != new[key]} > {("rows", "orders"), ("TRIGGER", "upper_name")}
    return made, new, old, result.location


async def test_these_are_all_steps(shop):
    """The table has every step that a restore comes to."""
    made, _, _, file = shop
    assert killed(file, made.url, "swap: forget") == [*BEFORE, *SWAPPING, *BEHIND]


@pytest.mark.parametrize("step", BEFORE)
async def test_before_the_swap_the_next_restore_works(shop, step):
    """Nothing of the target is touched, and the next run takes away what is left and restores."""
    made, new, old, file = shop
    killed(file, made.url, step)
    assert contents(made) == old
    await restore_database(file, made.url, force=True)
    assert contents(made) == new
    assert left_over(made, file) == []


@pytest.mark.parametrize("way", ["resume", "undo"])
@pytest.mark.parametrize("step", SWAPPING)
async def test_in_the_swap_one_command_finishes_or_undoes(shop, step, way):
    """The database is the new one or the old one, in everything; another restore is refused until then."""
    made, new, old, file = shop
    killed(file, made.url, step)
    with pytest.raises(RestoreRefused, match=r"--resume' finishes, .*--undo' puts the old data back"):
        await restore_database(file, made.url, force=True)
    await resume_restore(file, made.url, undo=way == "undo")
    assert contents(made) == (old if way == "undo" else new)
    assert left_over(made, file) == []


@pytest.mark.parametrize("way", ["resume", "undo"])
@pytest.mark.parametrize("step", ["swap: rename", "swap: renamed", "swap: views", "swap: drop"])
async def test_a_killed_resumption_can_be_resumed(shop, step, way):
    """What goes on may be killed too, and goes on again; undoing can be given up for finishing."""
    made, new, old, file = shop
    killed(file, made.url, "swap: routines" if way == "undo" else "swap: drop triggers")
    killed(file, made.url, step, way=way)
    if step == "swap: drop":
        await resume_restore(file, made.url, undo=way == "undo")
        assert contents(made) == (old if way == "undo" else new)
    else:
        await resume_restore(file, made.url)
        assert contents(made) == new
    assert left_over(made, file) == []


@pytest.mark.parametrize("step", BEHIND)
async def test_behind_the_swap_everything_is_new(shop, step):
    """The old data cannot be had back any more, which is said; the next run works."""
    made, new, _, file = shop
    killed(file, made.url, step)
    assert contents(made) == new
    with pytest.raises(RestoreRefused, match="was finished, and the old data is gone"):
        await resume_restore(file, made.url, undo=True)
    assert left_over(made, file) == []
    await restore_database(file, made.url, force=True)
    assert contents(made) == new


async def test_without_its_files_it_goes_on_from_the_server(shop):
    """The plan stands in the database too."""
    made, _, old, file = shop
    killed(file, made.url, "swap: triggers")
    for path in [*Path(file).parent.iterdir()]:
        path.unlink()
    await resume_restore(file, made.url, undo=True)
    assert contents(made) == old


async def test_where_nothing_was_stopped_there_is_nothing_to_resume(shop):
    """Said, and nothing is touched."""
    made, _, old, file = shop
    with pytest.raises(InvalidInput, match="No restore of 'shop_9' was stopped"):
        await resume_restore(file, made.url)
    assert contents(made) == old


async def test_sqlite_has_nothing_to_resume(tmp_path):
    """An engine that swaps in one step says so."""
    with pytest.raises(InvalidInput, match="leaves nothing to be finished or undone"):
        await resume_restore(tmp_path / "shop.tar.gz", f"sqlite:///{tmp_path}/shop.db")
