"""A restore of PostgreSQL that is broken off: the database is whole and open, and the next run works and cleans up."""

from __future__ import annotations

import signal
import threading
import time
from contextlib import suppress

import pytest
from postgres_dumping import contents
from postgres_restoring import CHANGED, PLAIN, backup, kill_psql, restore, run_script

from openviper.backup._postgres import swap
from openviper.backup.errors import BackupError, RestoreRefused, TargetBusy, ToolFailed

#: In their order; before the last one begins, the swap is committed.
STEPS = ["preflight", "repair", "prove", "create", "mark", "loading", "analyze", "rename", "commit", "drop the old"]


@pytest.fixture
def shop(postgres, tmp_path):
    """A database that was changed behind its backup: ``(database, file, contents then, contents now)``."""
    database = postgres.fresh(PLAIN)
    file = backup(database, tmp_path)
    then = contents(database)
    database.run(CHANGED)
    return database, file, then, contents(database)


def left(database):
    """Return the databases of the restores."""
    return [name for name in database.server.databases() if name != database.name and name.startswith(database.name)]


def is_open(database):
    """Tell whether the owner can connect, and a superuser."""
    return [database.run("SELECT 1", user=user) for user in ("owner", "postgres")] == ["1", "1"]


@pytest.mark.parametrize("user", ["postgres", "owner"])
@pytest.mark.parametrize("step", STEPS)
def test_killed_at_a_step(shop, step, user):
    """The database is the old one, whole and open, until the commit; the next run finishes, and nothing is left."""
    database, file, then, now = shop
    url = database.server.url(database.name, user=user)
    code, said = run_script(file, url, step, signal.SIGKILL)
    assert code == -signal.SIGKILL, said
    assert is_open(database)
    assert contents(database) == (then if step == "drop the old" else now)
    restore(file, url)
    assert contents(database) == then
    assert is_open(database)
    assert left(database) == []


@pytest.mark.parametrize("step", ["prove", "create", "loading", "analyze", "rename", "commit"])
def test_told_to_end_at_a_step(shop, step):
    """After SIGTERM nothing of the restore is left, and the database is the old one."""
    database, file, _, now = shop
    code, said = run_script(file, database.url, step, signal.SIGTERM)
    assert code == 3, said
    assert (contents(database), left(database)) == (now, [])
    assert is_open(database)


def test_told_to_end_too_late(shop):
    """After SIGTERM behind the commit the database is the new one, and the old is gone."""
    database, file, then, _ = shop
    run_script(file, database.url, "drop the old", signal.SIGTERM)
    assert (contents(database), left(database)) == (then, [])


@pytest.mark.parametrize(
    ("step", "which"),
    [
        ("create", "all"),
        ("loading", "newest"),
        ("loading", "all"),
        ("analyze", "all"),
        ("rename", "all"),
        ("commit", "newest"),
        ("commit", "all"),
    ],
)
def test_psql_is_killed(shop, step, which):
    """Whichever psql is killed: the error names it, nothing is left, the next run works."""
    database, file, then, now = shop
    killed = []

    def look(progress):
        name = "loading" if progress.step == "load" and progress.done else progress.step
        if name == step and not killed:
            killed.append(step)
            kill_psql(which)

    with pytest.raises(BackupError, match="psql exited -9"):
        restore(file, database.url, on_progress=look)
    assert (contents(database), left(database)) == (now, [])
    assert is_open(database)
    restore(file, database.url)
    assert contents(database) == then


@pytest.mark.parametrize("step", ["mark", "loading", "commit", "drop the old"])
def test_the_server_is_killed(own_postgres, tmp_path, step):
    """When it is back the database is whole, and the next run works and cleans up."""
    server = own_postgres()
    database = server.fresh(PLAIN)
    file = backup(database, tmp_path)
    then = contents(database)
    database.run(CHANGED)
    now = contents(database)
    killed = []

    def look(progress):
        name = "loading" if progress.step == "load" and progress.done else progress.step
        if name == step and not killed:
            killed.append(step)
            server.kill()

    if step == "drop the old":
        done = restore(file, database.url, on_progress=look)
        assert "could not be dropped" in done.notes[-1]
    else:
        with pytest.raises(BackupError):
            restore(file, database.url, on_progress=look)
    server.start()
    assert contents(database) == (then if step == "drop the old" else now)
    assert is_open(database)
    restore(file, database.url)
    assert (contents(database), left(database)) == (then, [])


def test_a_commit_that_is_not_answered(own_postgres, tmp_path, monkeypatch):
    """Where the standby that it waits for is gone, nobody says that nothing was done: the database is the new one."""
    monkeypatch.setattr(swap, "_SECONDS", 6.0)
    server = own_postgres()
    database = server.fresh(PLAIN)
    file = backup(database, tmp_path)
    then = contents(database)
    database.run(CHANGED)

    def look(progress):
        if progress.step == "rename":
            server.run("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
            server.run("SELECT pg_reload_conf()")

    restore(file, database.url, on_progress=look)
    assert (contents(database), left(database)) == (then, [])


def test_what_sessions_do_is_hidden(own_postgres, tmp_path):
    """Without track_activities a restore does not keep everybody waiting until it fails."""
    server = own_postgres("track_activities = off")
    database = server.fresh(PLAIN)
    file = backup(database, tmp_path)
    then = contents(database)
    database.run(CHANGED)
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


@pytest.mark.parametrize("when", ["rename", "commit"])
def test_a_superuser_connects_at_the_last_moment(shop, when):
    """Whoever comes while the names are changed waits; who came just before keeps the database as it was, and open."""
    database, file, then, now = shop
    with Connected(database, "postgres") as connected:

        def look(progress):
            if progress.step == when:
                connected.begin(wait=when == "rename")

        with suppress(RestoreRefused):
            restore(file, database.url, on_progress=look)
    assert contents(database) in (then, now)
    assert left(database) == []
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


class Connected:
    """Somebody who is connected, from :meth:`begin` on."""

    def __init__(self, database, user):
        self._database, self._user = database, user
        self._thread = None

    def __enter__(self):
        return self

    def begin(self, *, wait=True):
        if self._thread is not None:
            return
        self._thread = threading.Thread(target=self._sleep)
        self._thread.start()
        query = f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{self._database.name}' AND query ~ 'late one'"
        deadline = time.monotonic() + 30
        while wait and self._database.server.run(query) == "0" and time.monotonic() < deadline:
            time.sleep(0.02)

    def _sleep(self):
        with suppress(RuntimeError):
            self._database.run("SELECT pg_sleep(60) /* the late one */", user=self._user)

    def __exit__(self, *_):
        ends = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query ~ '^SELECT pg_sleep.*late one'"
        while self._thread is not None and self._thread.is_alive():
            self._database.server.run(ends)
            self._thread.join(0.1)


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
