"""Whoever is killed in a restore, and when: the database is the old or the new one, and the next run cleans up."""

from __future__ import annotations

import shutil
import signal
import threading

import pytest
from postgres_dumping import contents
from postgres_restoring import Connected, backup, changed, is_open, kill_psql, left, restore, run_script
from small_disks import small_disk

from openviper.backup.errors import BackupError, RestoreRefused, ToolFailed

#: In their order; before the last one begins, the swap is committed.
STEPS = ["preflight", "repair", "prove", "create", "mark", "loading", "analyze", "rename", "commit", "drop the old"]


@pytest.fixture
def shop(postgres, tmp_path):
    """A database that was changed behind its backup: ``(database, file, contents then, contents now)``."""
    return changed(postgres, tmp_path)


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


@pytest.mark.parametrize("step", STEPS[3:])
def test_the_server_is_killed(own_postgres, tmp_path, step):
    """When it is back the database is whole, and the next run works and cleans up."""
    server = own_postgres()
    database, file, then, now = changed(server, tmp_path)
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


def test_killed_while_a_superuser_is_connected(shop):
    """An owner is killed while somebody is connected whom it may not end: the database is whole, and open to both."""
    database, file, then, now = shop
    with Connected(database, "postgres") as connected:
        coming = threading.Thread(target=lambda: connected.begin_beside(database))
        coming.start()
        code, said = run_script(file, database.url, "rename", signal.SIGKILL)
        coming.join()
        assert code == -signal.SIGKILL, said
        assert is_open(database)
        assert contents(database) == now
        with pytest.raises(RestoreRefused, match="a session of the role 'postgres'"):
            restore(file, database.url)
    restore(file, database.url)
    assert (contents(database), left(database)) == (then, [])


@pytest.mark.parametrize("step", ["clear", "loading", "analyze"])
def test_killed_in_place(shop, step):
    """In place half of it may be there; the same restore again begins anew, and the comment is what it was."""
    database, file, then, _ = shop
    database.run(f"COMMENT ON DATABASE {database.name} IS 'mine'")
    database.server.run("ALTER ROLE owner NOCREATEDB")
    try:
        code, said = run_script(file, database.url, step, signal.SIGKILL, "in_place")
        assert code == -signal.SIGKILL, said
        assert is_open(database)
        restore(file, database.url, in_place=True)
    finally:
        database.server.run("ALTER ROLE owner CREATEDB")
    assert contents(database) == then
    comment = f"SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '{database.name}'"
    assert database.run(comment) == "mine"


def test_the_disk_of_the_server_is_full(postgres, tmp_path):
    """The error is the server's, what was loaded is taken away, and the database is whole."""
    rows = postgres.fresh("CREATE TABLE many AS SELECT n, repeat('x', 500) FROM generate_series(1, 50000) AS n")
    file = backup(rows, tmp_path)
    with small_disk(postgres.folder / "small", 24) as folder:
        shutil.chown(folder, (postgres.folder / "data").owner())
        postgres.run(f"CREATE TABLESPACE small LOCATION '{folder}'; GRANT CREATE ON TABLESPACE small TO owner")
        database = postgres.fresh("CREATE TABLE few AS SELECT 1 AS a")
        postgres.run(f"ALTER DATABASE {database.name} SET TABLESPACE small")
        try:
            with pytest.raises(ToolFailed, match="No space left on device"):
                restore(file, database.url)
            assert (database.run("SELECT a FROM few"), left(database)) == ("1", [])
        finally:
            postgres.drop(database.name)
            postgres.run("DROP TABLESPACE small")
