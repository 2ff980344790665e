"""What may come between while MariaDB's swap is on: listeners that fail, full disks, users without rights, writers."""

from __future__ import annotations

import resource
import threading
from contextlib import ExitStack
from pathlib import Path

import pytest
from mariadb_instance import Schema
from mariadb_shop import contents, everything
from mariadb_swaps import CHANGES, THINGS, left_over, transaction

from openviper.backup.backup import backup_database
from openviper.backup.errors import NotEnoughSpace, RestoreRefused
from openviper.backup.restore import restore_database


def change(path, before, after):
    """Change a text in a file."""
    Path(path).write_text(Path(path).read_text().replace(before, after))


@pytest.mark.parametrize("first", ["swap: mark", "swap: rename", "swap: renamed", "swap: events", "swap: drop"])
async def test_a_listener_that_fails_stops_no_swap(mariadb, tmp_path, first):
    """The terminal may go while it is told of steps: the restore comes to its end, whole."""
    shop = mariadb.fresh(everything("shop_9"), name="shop_9")
    new = contents(shop)
    file = (await backup_database(shop.url, tmp_path)).location
    shop.run(CHANGES)
    reached = []

    def look(progress):
        reached.append(progress.step)
        if first in reached:
            raise OSError(5, "Input/output error")

    await restore_database(file, shop.url, force=True, on_progress=look)
    assert first in reached
    assert contents(shop) == new
    assert left_over(shop, file) == []


async def test_what_was_done_in_a_second_try_is_said(mariadb, tmp_path):
    """A connection that ends behind the renaming does not keep the restore from its end, and is no secret."""
    shop = mariadb.fresh(everything("shop_9"), name="shop_9")
    new = contents(shop)
    file = (await backup_database(shop.url, tmp_path)).location
    shop.run(CHANGES)

    def look(progress):
        if progress.step == "swap: renamed":
            others = "SELECT ID FROM information_schema.PROCESSLIST WHERE USER = 'root' AND ID <> CONNECTION_ID()"
            for number in mariadb.run(others).split():
                mariadb.run(f"KILL {number}")

    restored = await restore_database(file, shop.url, force=True, on_progress=look)
    assert [
        note for note in restored.notes if note.startswith("Something failed in the swap, and was done in a second")
    ]
    assert contents(shop) == new
    assert left_over(shop, file) == []


async def test_a_full_folder_is_said_before_anything_is_touched(mariadb, tmp_path):
    """What a swap must remember has no room beside the backup: nothing of it stays, and the target is as it was."""
    shop = mariadb.fresh(everything("shop_9"), name="shop_9")
    file = (await backup_database(shop.url, tmp_path)).location
    shop.run(CHANGES)
    old = contents(shop)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    def look(progress):
        if progress.step == "swap: write plan":
            resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))

    try:
        with pytest.raises(NotEnoughSpace, match="the target is as it was"):
            await restore_database(file, shop.url, force=True, on_progress=look)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert contents(shop) == old
    assert left_over(shop, file) == []


async def test_what_had_to_be_made_again_is_said(mariadb, tmp_path):
    """A table is taken behind its trigger's end: the trigger is made again, as the user's if it cannot be another's."""
    shop = mariadb.fresh(
        f"{THINGS}; CREATE VIEW looks AS SELECT 1; CREATE TRIGGER t BEFORE INSERT ON things FOR EACH ROW SET @a = 1",
        user="owner",
    )
    file = (await backup_database(mariadb.url(shop.name), tmp_path)).location
    old = contents(shop)
    with ExitStack() as stack:

        def look(progress):
            if progress.step == "swap: rename":
                stack.enter_context(transaction(mariadb, shop.name, "SELECT COUNT(*) FROM things"))
                # Longer than a rename waits, shorter than the trigger does that must be made again.
                threading.Timer(5, stack.close).start()

        with pytest.raises(RestoreRefused, match="in use by open transactions") as caught:
            await restore_database(file, shop.url, force=True, skip_definer=True, on_progress=look)
    found = contents(shop)
    assert {key for key in old if found.get(key) != old[key]} == {("TRIGGER", "t")}
    assert "'t' ran as `root`@`localhost`, and runs as `owner`@" in str(caught.value)
    assert "triggers were missing for a moment" in str(caught.value)


async def test_triggers_made_if_they_did_not_exist(mariadb, tmp_path):
    """The server gives those words back, which go with no OR REPLACE, and may be among a header's others."""
    shop = mariadb.fresh(f"{THINGS}; CREATE TRIGGER IF NOT EXISTS t BEFORE INSERT ON things FOR EACH ROW SET @a = 1")
    file = (await backup_database(shop.url, tmp_path)).location
    shop.run("DELETE FROM things")
    await restore_database(file, shop.url, force=True)
    assert shop.run("INSERT INTO things VALUES (7, ''); SELECT @a") == "1"


async def test_events_keep_their_names_and_states(mariadb, tmp_path):
    """Whatever words of a statement a name or a comment has; one whose time is over is left out, which is said."""
    every = "ON SCHEDULE EVERY 1 DAY"
    shop = mariadb.fresh(
        f"{THINGS}; CREATE EVENT `x PRESERVE DISABLE y` {every} DO SET @a = 1; CREATE EVENT e {every} DISABLE "
        "COMMENT 'was ON COMPLETION NOT PRESERVE ENABLE DO it' DO SET @a = 1; "
        "CREATE EVENT gone ON SCHEDULE AT '2037-01-01 00:00:00' DO SET @a = 1"
    )
    events = "SELECT EVENT_NAME, STATUS, EVENT_COMMENT FROM information_schema.EVENTS WHERE EVENT_SCHEMA = DATABASE()"
    before = sorted(shop.run(events).splitlines())
    file = (await backup_database(shop.url, tmp_path, compress=False)).location
    change(file, "2037-01-01", "2001-01-01")
    restored = await restore_database(file, shop.url, force=True, skip_checksum=True)
    assert sorted(shop.run(events).splitlines()) == [before[0], before[2]]
    assert "'gone'" in " ".join(restored.notes)


async def test_what_was_kept_stays_and_can_be_made_again(mariadb, tmp_path):
    """Each restore that keeps the old data keeps it in a database of its own; nothing of it is a file."""
    shop = mariadb.fresh(everything("shop_9"), name="shop_9")
    file = (await backup_database(shop.url, tmp_path)).location
    shop.run(CHANGES)
    old = contents(shop)
    await restore_database(file, shop.url, force=True, keep_old=True)
    (first,) = set(mariadb.databases()) - {shop.name}
    shop.run("CREATE VIEW another AS SELECT 1")
    await restore_database(file, shop.url, force=True, keep_old=True)
    assert [path.name for path in tmp_path.iterdir() if ".swap." in path.name] == []
    assert len(mariadb.databases()) == 3
    kept = Schema(mariadb, first, "root")
    kept.run(bytes.fromhex(kept.run("SELECT HEX(script) FROM openviper_definitions; DROP TABLE openviper_definitions")))
    found = contents(kept)
    # These name their sequence with the database.
    assert {key for key in old if found.get(key) != old[key]} == {("BASE TABLE", "numbered"), ("VIEW", "next_number")}


async def test_a_server_that_quotes_no_names_does_as_others(mariadb, tmp_path):
    """Events are enabled as they were, and what is the user's own is known for that."""
    shop = mariadb.fresh(THINGS, user="owner")
    every = "ON SCHEDULE EVERY 1 DAY STARTS '2026-01-01 00:00:00'"
    shop.run(f"CREATE EVENT e {every} DO SET @a = 1; CREATE PROCEDURE p() SELECT 1", user="owner")
    before = contents(shop)
    mariadb.run("SET GLOBAL sql_quote_show_create = 0")
    try:
        file = (await backup_database(shop.url, tmp_path)).location
        await restore_database(file, shop.url, force=True)
    finally:
        mariadb.run("SET GLOBAL sql_quote_show_create = 1")
    assert contents(shop) == before


async def test_a_server_that_is_full_is_waited_for(mariadb, tmp_path):
    """Sessions that wait for the tables take the last connections while the triggers are missing."""
    shop = mariadb.fresh(
        f"{THINGS}; CREATE TRIGGER marks BEFORE INSERT ON things FOR EACH ROW SET @a = 1", user="owner"
    )
    file = (await backup_database(mariadb.url(shop.name), tmp_path)).location
    before = contents(shop)
    most = mariadb.run("SELECT @@max_connections")
    with ExitStack() as stack:
        stack.callback(mariadb.run, f"SET GLOBAL max_connections = {most}")

        def look(progress):
            if progress.step == "swap: renamed":
                mariadb.run("SET GLOBAL max_connections = 10")
                # With the two of the restore; a last one is for root.
                for _ in range(8):
                    stack.enter_context(transaction(mariadb, shop.name, "SELECT 1"))
                timer = threading.Timer(2, mariadb.run, [f"SET GLOBAL max_connections = {most}"])
                timer.start()
                stack.callback(timer.join)

        await restore_database(file, shop.url, force=True, skip_definer=True, on_progress=look)
    assert {key for key in before if contents(shop).get(key) != before[key]} == {("TRIGGER", "marks")}
    assert left_over(shop, file) == []
