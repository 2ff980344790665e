"""The database when all is well, and when it is not."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from contextlib import closing, contextmanager

import pytest

from newsletter.app import app
from newsletter.database import Database, get_database
from newsletter.errors import StorageError
from openviper.core.errors import LifespanError
from openviper.testing import test_client

# Where waiting would be a failure: far longer than a loaded machine takes, and shorter than PATIENCE.
DEADLINE = 10
PATIENCE = 60


@pytest.fixture
async def database(tmp_path):
    database = Database(tmp_path / "data" / "test.sqlite3", patience=PATIENCE)
    await database.open()
    await database.write(lambda connection: connection.execute("CREATE TABLE notes (text TEXT UNIQUE)").rowcount)
    yield database
    await database.close()


@contextmanager
def held(path):
    """Another process that writes, and does not come to an end."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def read_only(path):
    """Mark the file as one that may only be read (SQLite's file format, 1.3.3), which holds for root as well."""
    with closing(sqlite3.connect(path)) as connection:
        # Else the page with that mark is read from the log.
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with path.open("r+b") as file:
        file.seek(18)
        file.write(b"\x03")
    yield
    with path.open("r+b") as file:
        file.seek(18)
        file.write(b"\x02")


async def add(database, text):
    def work(connection):
        connection.execute("INSERT INTO notes VALUES (?)", (text,))

    await database.write(work)


async def notes(database):
    return [row["text"] for row in await database.read("SELECT text FROM notes ORDER BY rowid")]


async def test_what_is_written_can_be_read(database):
    """Values are bound, whatever they look like."""
    await add(database, "'); DROP TABLE notes; --")
    assert await notes(database) == ["'); DROP TABLE notes; --"]


async def test_a_write_that_fails_leaves_nothing(database):
    """The transaction is rolled back, and the next one goes on."""

    def half(connection):
        connection.execute("INSERT INTO notes VALUES ('half')")
        raise LookupError("no more")

    with pytest.raises(LookupError):
        await database.write(half)
    await add(database, "whole")
    assert await notes(database) == ["whole"]


async def test_a_mistake_in_the_program_is_no_storage_error(database):
    """Bad SQL and broken constraints show up as what they are."""
    await add(database, "once")
    with pytest.raises(sqlite3.IntegrityError):
        await add(database, "once")
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        await database.read("SELECT * FROM nowhere")


async def test_readers_do_not_wait_for_a_writer(database):
    """Write-ahead mode: what was there before can be read meanwhile."""
    await add(database, "before")
    with held(database.path):
        assert await asyncio.wait_for(notes(database), DEADLINE) == ["before"]


async def test_writers_that_wait_leave_the_threads_to_readers(database):
    """More writers than there are threads wait for another process; a reader is served at once, and then they are."""
    with held(database.path):
        writers = [asyncio.create_task(add(database, str(number))) for number in range(40)]
        # All of them have begun after one turn of the loop.
        await asyncio.sleep(0)
        assert await asyncio.wait_for(notes(database), DEADLINE) == []
        assert not any(writer.done() for writer in writers)
    await asyncio.gather(*writers)
    assert sorted(await notes(database), key=int) == [str(number) for number in range(40)]


async def test_no_writer_waits_for_ever(database):
    """Neither the one that waits for another process, nor those that wait for their turn."""
    impatient = Database(database.path, patience=0.1)
    with held(database.path):
        writers = (add(impatient, str(number)) for number in range(5))
        results = await asyncio.wait_for(asyncio.gather(*writers, return_exceptions=True), PATIENCE)
    assert {type(result) for result in results} == {StorageError}


async def test_a_file_that_is_gone_is_not_made_anew(database):
    """An empty database in its place would look as if all were lost."""
    database.path.rename(database.path.with_suffix(".away"))
    with pytest.raises(StorageError, match="unable to open database file; check that the folder is there"):
        await notes(database)
    assert not database.path.exists()


async def test_one_file_is_left_after_a_stop(database):
    """The write-ahead log is folded in: a copy of the one file is a backup."""
    await add(database, "kept")
    assert len(list(database.path.parent.iterdir())) > 1
    await database.close()
    assert list(database.path.parent.iterdir()) == [database.path]
    with closing(sqlite3.connect(database.path)) as connection:
        assert connection.execute("SELECT text FROM notes").fetchall() == [("kept",)]


async def test_two_starts_at_once_wait_for_each_other(tmp_path, monkeypatch):
    """SQLite refuses the switch to write-ahead mode at once while another process makes its tables."""
    database = Database(tmp_path / "test.sqlite3", patience=PATIENCE)
    connect, asked = sqlite3.connect, threading.Semaphore(0)
    with closing(connect(database.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        monkeypatch.setattr(sqlite3, "connect", lambda *given, **named: asked.release() or connect(*given, **named))
        opening = asyncio.create_task(database.open())
        # Who asks for a second connection was refused with the first.
        for _ in range(2):
            assert await asyncio.to_thread(asked.acquire, timeout=DEADLINE)
        assert not opening.done()
        other.execute("COMMIT")
    await opening
    assert [list(row) for row in await database.read("PRAGMA journal_mode")] == [["wal"]]
    await database.close()


async def test_asking_before_the_start_says_what_is_missing():
    """Not an attribute error of None."""
    with pytest.raises(RuntimeError, match="'newsletter' is in INSTALLED_APPS"):
        get_database()


async def test_a_locked_database_loses_no_sign_up(impatient, site, database_path, caplog):
    """The form comes back with the address in it, reading goes on, and trying again works."""
    with held(database_path):
        refused = await site.post("/subscribe", data={"address": "ada@example.org"})
        assert (await site.get("/issues/1")).status_code == 200
    assert refused.status_code == 503
    assert refused.headers["retry-after"] == "10"
    assert 'role="alert"' in refused.text
    assert 'value="ada@example.org"' in refused.text
    assert str(database_path) not in refused.text
    assert "database is locked; another process is writing to it" in caplog.text
    assert (await site.post("/subscribe", data={"address": "ada@example.org"})).status_code == 303


async def test_a_read_only_file_loses_no_sign_up(site, database_path, caplog):
    """The archive stays readable; the log says what to do."""
    with read_only(database_path):
        refused = await site.post("/subscribe", data={"address": "ada@example.org"})
        assert (await site.get("/issues")).status_code == 200
    assert refused.status_code == 503
    assert "attempt to write a readonly database; the file or its folder cannot be written" in caplog.text
    assert (await site.post("/subscribe", data={"address": "ada@example.org"})).status_code == 303


async def test_a_database_that_is_gone_is_a_503(site, database_path):
    """A page for browsers, JSON for programs, the path for neither; back as soon as the file is."""
    away = database_path.with_suffix(".away")
    database_path.rename(away)
    page = await site.get("/issues/1")
    answer = await site.get("/api/issues", headers={"Accept": "application/json"})
    away.rename(database_path)
    assert (page.status_code, answer.status_code) == (503, 503)
    assert "We cannot reach the archive." in page.text
    assert page.headers["retry-after"] == answer.headers["retry-after"] == "10"
    assert str(database_path.parent) not in page.text + answer.text
    assert (await site.get("/issues/1")).status_code == 200


async def test_a_second_start_finds_what_the_first_one_kept(project):
    """Subscribers stay, and the archive is not filled again."""
    async with test_client(app) as client:
        form = {"address": "ada@example.org"}
        await client.post("/subscribe", data=form, headers={"Sec-Fetch-Site": "same-origin"})
    async with test_client(app) as client:
        assert (await client.get("/api/subscribers/count")).json() == {"subscribers": 1}
        assert len((await client.get("/api/issues")).json()["issues"]) == 6


@pytest.mark.parametrize(
    ("hurdle", "problem"),
    [
        (lambda path: path.mkdir(parents=True), "unable to open database file"),
        (lambda path: path.parent.write_text("a file"), "its folder cannot be made"),
        (lambda path: (path.parent.mkdir(), path.write_bytes(b"no database" * 100)), "is not an SQLite database"),
    ],
)
async def test_a_database_that_cannot_be_used_stops_the_start(project, database_path, hurdle, problem):
    """The error names the app and the file, and what is wrong with it; no request is taken."""
    hurdle(database_path)
    with pytest.raises(LifespanError, match=r"(?s)installed app 'newsletter'.*newsletter\.sqlite3.*" + problem):
        async with test_client(app):
            raise AssertionError("it must not start")


async def test_a_locked_database_stops_the_start(impatient, database_path):
    """It waits for as long as a sign-up would, and then says why."""
    async with test_client(app):
        pass
    with held(database_path), pytest.raises(LifespanError, match="database is locked"):
        async with test_client(app):
            raise AssertionError("it must not start")
