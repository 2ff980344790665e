"""A verification of a PostgreSQL backup: in a database of its own, of which nothing is left."""

from __future__ import annotations

import asyncio
import signal
import threading

import pytest
from postgres_dumping import contents
from postgres_restoring import CHANGED, PLAIN, RICH, backup, dump_text, run_script, sql_file

from openviper.backup.errors import BackupError, RestoreRefused
from openviper.backup.verify import verify_backup


def verify(file, url, **options):
    return asyncio.run(verify_backup(file, url, **options))


@pytest.mark.parametrize("user", ["postgres", "owner"])
def test_the_counts_agree(postgres, tmp_path, user):
    """The backup is loaded and counted; the live database, which is another by now, is not touched."""
    database = postgres.fresh(PLAIN + RICH)
    file = backup(database, tmp_path, count_rows=True)
    database.run(CHANGED)
    before = contents(database)
    done = verify(file, postgres.url(database.name, user=user))
    assert done.compared
    assert (done.row_counts["public.things"], done.row_counts["public.parts_2026"]) == (25000, 1)
    assert contents(database) == before
    assert postgres.databases() == [database.name]


def test_two_at_once(postgres, tmp_path):
    """One leaves the other's database alone."""
    database = postgres.fresh(PLAIN)
    file = backup(database, tmp_path, count_rows=True)
    inner = []

    def verify_inside():
        inner.append(verify(file, database.url))

    def look(progress):
        # Not in the midst of rows: the server drops no database while it waits for those of another.
        if progress.step == "mark" and not inner:
            thread = threading.Thread(target=verify_inside)
            thread.start()
            thread.join()

    assert verify(file, database.url, on_progress=look).compared
    assert inner[0].compared
    assert postgres.databases() == [database.name]


@pytest.mark.parametrize("step", ["create", "mark", "loading"])
def test_killed(postgres, tmp_path, step):
    """What a killed verification has left is taken away by the next."""
    database = postgres.fresh(PLAIN)
    file = backup(database, tmp_path, count_rows=True)
    code, said = run_script(file, database.url, step, signal.SIGKILL, "verify")
    assert code == -signal.SIGKILL, said
    assert verify(file, database.url).compared
    assert postgres.databases() == [database.name]


def test_a_subscription(postgres, tmp_path):
    """One in the backup does not keep the database that it was verified in from being dropped."""
    database = postgres.fresh(PLAIN)
    subscription = "CONNECTION 'host=127.0.0.1 port=1 dbname=x' PUBLICATION p WITH (connect = false)"
    database.run(f"CREATE SUBSCRIPTION s {subscription}", user="postgres")
    try:
        verify(backup(database, tmp_path), postgres.url(database.name))
        assert postgres.databases() == [database.name]
    finally:
        database.run("ALTER SUBSCRIPTION s SET (slot_name = NONE); DROP SUBSCRIPTION s", user="postgres")


def test_what_cannot_be_dropped_is_said(postgres, tmp_path):
    """A verification whose database stays there is no success; the next one takes it away."""
    database = postgres.fresh(PLAIN)
    file = backup(database, tmp_path)

    def look(progress):
        if progress.step == "count":
            (name,) = {*postgres.databases()} - {database.name}
            postgres.run(f'ALTER DATABASE "{name}" IS_TEMPLATE true')

    with pytest.raises(BackupError, match=r"could not be dropped; the next run does, or: DROP DATABASE \"shop"):
        verify(file, database.url, on_progress=look)
    (name,) = {*postgres.databases()} - {database.name}
    postgres.run(f'ALTER DATABASE "{name}" IS_TEMPLATE false')
    verify(file, database.url)
    assert postgres.databases() == [database.name]


def test_a_bad_backup(postgres, tmp_path):
    """What cannot be loaded fails, and nothing is left."""
    database = postgres.fresh(PLAIN)
    file = sql_file(tmp_path, dump_text("CREATE TABLE public.t (a integer);\nSELECT 1/0;"))
    with pytest.raises(BackupError, match="division by zero"):
        verify(file, database.url)
    assert postgres.databases() == [database.name]


def test_who_may_make_no_database(postgres, tmp_path):
    """It is refused, with what would allow it."""
    database = postgres.fresh(PLAIN)
    file = backup(database, tmp_path)
    with pytest.raises(RestoreRefused) as raised:
        verify(file, postgres.url(database.name, user="other"))
    assert str(raised.value) == (
        f"'{file}' cannot be verified by the role 'other'; nothing was touched.\n"
        '  it may not make databases: ALTER ROLE "other" CREATEDB;'
    )
