"""The swap of two databases, while others are connected, or come."""

from __future__ import annotations

import threading
import time
from contextlib import nullcontext, suppress

import pytest
from postgres_dumping import contents
from postgres_restoring import Connected, changed, is_open, left, restore

from openviper.backup._postgres import swap
from openviper.backup.errors import RestoreRefused, TargetBusy, ToolFailed


@pytest.fixture
def shop(postgres, tmp_path):
    """A database that was changed behind its backup: ``(database, file, contents then, contents now)``."""
    return changed(postgres, tmp_path)


def test_a_commit_that_is_not_answered(own_postgres, tmp_path, monkeypatch):
    """Where the standby that it waits for is gone, nobody says that nothing was done: the database is the new one."""
    monkeypatch.setattr(swap, "_SECONDS", 6.0)
    server = own_postgres()
    database, file, then, _ = changed(server, tmp_path)

    def look(progress):
        if progress.step == "rename":
            server.run("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
            server.run("SELECT pg_reload_conf()")

    restore(file, database.url, on_progress=look)
    assert (contents(database), left(database)) == (then, [])


def test_what_sessions_do_is_hidden(own_postgres, tmp_path):
    """Without track_activities a restore does not keep everybody waiting until it fails."""
    server = own_postgres("track_activities = off")
    database, file, then, _ = changed(server, tmp_path)
    restore(file, database.url, timeout=60)
    assert (contents(database), left(database)) == (then, [])


def test_others_are_connected(shop):
    """Sessions are ended in the swap, those that come anew find the new database, and it stays open."""
    database, file, then, _ = shop
    stop = threading.Event()
    answers = []

    def ask():
        while not stop.is_set():
            with suppress(RuntimeError):
                answers.append(database.run("SELECT count(*) FROM things; SELECT pg_sleep(0.05)", user="owner"))

    askers = [threading.Thread(target=ask) for _ in range(4)]
    for each in askers:
        each.start()
    try:
        restore(file, database.server.url(database.name))
        behind = len(answers)
        deadline = time.monotonic() + 30
        while len(answers) < behind + 8 and time.monotonic() < deadline:
            time.sleep(0.05)
    finally:
        stop.set()
        for each in askers:
            each.join()
    assert len(answers) >= behind + 8
    assert (contents(database), left(database)) == (then, [])


def test_a_superuser_connects_late(shop):
    """Who cannot be sent away, and came behind the preflight, is named; the database is as it was, and open."""
    database, file, _, now = shop
    with Connected(database, "postgres") as connected:

        def look(progress):
            if progress.step == "analyze":
                connected.begin()

        with pytest.raises(RestoreRefused, match=r"a session of the role 'postgres' \(pid \d+.*pg_terminate_backend"):
            restore(file, database.url, on_progress=look)
        assert is_open(database)
    assert (contents(database), left(database)) == (now, [])


@pytest.mark.parametrize(("when", "is_refused"), [("rename", True), ("commit", False)])
def test_a_superuser_connects_at_the_last_moment(shop, when, is_refused):
    """Who comes just before the names are changed keeps the database as it was, and open; who comes behind does not."""
    database, file, then, now = shop
    with Connected(database, "postgres") as connected:

        def look(progress):
            if progress.step == when:
                connected.begin(wait=when == "rename")

        with pytest.raises(RestoreRefused) if is_refused else nullcontext():
            restore(file, database.url, on_progress=look)
    assert (contents(database), left(database)) == (now if is_refused else then, [])
    assert is_open(database)


def test_a_second_restore_at_once(shop):
    """It is refused while the first runs, by whichever database they look at it, and the first goes on."""
    database, file, then, _ = shop
    refused = []

    def look(progress):
        if progress.step == "analyze" and not refused:
            for maintenance in (None, "template1"):
                with pytest.raises(TargetBusy, match=f"Another restore of '{database.name}' is running"):
                    run_in_thread(lambda name=maintenance: restore(file, database.url, maintenance_db=name))
                refused.append(maintenance)

    restore(file, database.url, on_progress=look)
    assert refused == [None, "template1"]
    assert (contents(database), left(database)) == (then, [])


def test_a_failed_rename(shop):
    """Where the database cannot be had alone, it stays open, and nothing is left."""
    database, file, _, now = shop
    database.server.run("CREATE ROLE watcher LOGIN SUPERUSER PASSWORD 'watcher'")
    database.server.passwords["watcher"] = "watcher"
    try:
        with Connected(database, "watcher") as connected:

            def look(progress):
                if progress.step == "rename":
                    connected.begin()

            with pytest.raises((RestoreRefused, ToolFailed), match="watcher"):
                restore(file, database.url, on_progress=look)
            assert is_open(database)
    finally:
        database.server.run("DROP ROLE watcher")
    assert (contents(database), left(database)) == (now, [])


def run_in_thread(work):
    """Run where no event loop runs; raise what it raises."""
    raised = []

    def run():
        try:
            work()
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if raised:
        raise raised[0]
