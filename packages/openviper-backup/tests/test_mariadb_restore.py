"""Restores into a real MariaDB, and what stands in their way."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest
from mariadb_shop import contents, everything

from openviper.backup.backup import backup_database
from openviper.backup.errors import (
    InvalidArchive,
    RestoreRefused,
    TargetBusy,
    ToolFailed,
)
from openviper.backup.restore import restore_database
from openviper.backup.verify import verify_backup

THINGS = "CREATE TABLE things (id INT PRIMARY KEY, name TEXT); INSERT INTO things VALUES (1, 'one'), (2, 'two')"
TRAILER = "-- Dump completed on 2026-01-31 23:59:59\n"
BULK = "CREATE TABLE bulk (a INT PRIMARY KEY, b TEXT); INSERT INTO bulk SELECT seq, REPEAT(MD5(seq), 99) FROM {}"


def change(path, before, after):
    """Change a text in a file."""
    Path(path).write_text(Path(path).read_text().replace(before, after))


def script(folder, text, *, trailer=TRAILER):
    """Return a file of SQL."""
    file = folder / "script.sql"
    file.write_bytes((text if isinstance(text, bytes) else text.encode()) + trailer.encode())
    return file


async def test_what_is_replaced_is_asked_about(mariadb, tmp_path):
    """Data is not replaced without force; an empty database needs none."""
    shop = mariadb.fresh(THINGS)
    result = await backup_database(shop.url, tmp_path)
    with pytest.raises(RestoreRefused):
        await restore_database(result.location, shop.url)
    empty = mariadb.fresh()
    await restore_database(result.location, empty.url)
    assert contents(empty) == contents(shop)


async def test_foreign_keys_from_elsewhere_are_named(mariadb, tmp_path):
    """A table of another database that refers to the target's would follow the old ones: refused, untouched."""
    shop = mariadb.fresh(THINGS)
    other = mariadb.fresh(f"CREATE TABLE far (a INT, CONSTRAINT fk FOREIGN KEY (a) REFERENCES {shop.name}.things (id))")
    result = await backup_database(shop.url, tmp_path)
    with pytest.raises(RestoreRefused, match=f"'fk' of {other.name}.far"):
        await restore_database(result.location, shop.url, force=True)
    other.run("DROP TABLE far")
    assert set(mariadb.databases()) == {shop.name, other.name}


class TestRights:
    """What a user who is not root may do."""

    async def test_an_owner_restores(self, mariadb, tmp_path):
        """Rights on the database, and on those whose names begin with its own, are enough."""
        shop = mariadb.fresh(name="shop_9", user="owner")
        shop.run(everything("shop_9"), user="owner")
        before = contents(shop)
        result = await backup_database(shop.url, tmp_path)
        shop.run("DELETE FROM orders; DROP TRIGGER upper_name")
        await restore_database(result.location, shop.url, force=True)
        assert contents(shop) == before
        assert mariadb.databases() == ["shop_9"]

    async def test_without_a_second_database_it_is_refused_or_in_place(self, mariadb, tmp_path):
        """Who may create nothing beside the target is told what would allow it; in_place empties and loads it."""
        shop = mariadb.fresh(user="owner", beside=False)
        shop.run(f"{THINGS}; CREATE VIEW looks AS SELECT * FROM things", user="owner")
        before = contents(shop)
        result = await backup_database(shop.url, tmp_path)
        shop.run("CREATE TABLE newer (a INT); DROP VIEW looks; INSERT INTO things VALUES (3, 'three')", user="owner")
        changed = contents(shop)
        with pytest.raises(RestoreRefused, match=r"GRANT ALL.*--in-place"):
            await restore_database(result.location, shop.url, force=True)
        assert contents(shop) == changed
        restored = await restore_database(result.location, shop.url, force=True, in_place=True)
        assert "loaded into the database itself" in restored.notes[-1]
        assert contents(shop) == before

    async def test_others_definers_are_named(self, mariadb, tmp_path):
        """What runs as others is refused where the user may not make it, and becomes the user's by skip_definer."""
        shop = mariadb.fresh(
            f"{THINGS}; CREATE VIEW looks AS SELECT * FROM things; "
            "CREATE DEFINER = `ad``a`@`%` TRIGGER marks BEFORE INSERT ON things FOR EACH ROW SET NEW.name = 'x'; "
            "CREATE PROCEDURE doing() SELECT 1"
        )
        result = await backup_database(shop.url, tmp_path)
        empty = mariadb.fresh(user="owner")
        with pytest.raises(RestoreRefused, match=r"run as `ad``a`@`%`, `root`@`localhost`, and `owner`@`localhost`"):
            await restore_database(result.location, empty.url)
        assert empty.run("SHOW TABLES") == ""
        await restore_database(result.location, empty.url, skip_definer=True)
        definers = "SELECT DISTINCT DEFINER FROM information_schema.{} WHERE {}_SCHEMA = DATABASE()"
        for table, column in (("VIEWS", "TABLE"), ("TRIGGERS", "TRIGGER"), ("ROUTINES", "ROUTINE")):
            assert empty.run(definers.format(table, column)) == "owner@localhost"
        assert set(mariadb.databases()) == {shop.name, empty.name}

    async def test_what_could_not_be_put_back_is_not_taken_away(self, mariadb, tmp_path):
        """A target with others' views is not touched by a user who could not undo the swap."""
        shop = mariadb.fresh(THINGS, user="owner")
        result = await backup_database(shop.url, tmp_path)
        shop.run("CREATE VIEW looks AS SELECT * FROM things")
        before = contents(shop)
        with pytest.raises(RestoreRefused, match=r"view 'looks' of `root`@`localhost`"):
            await restore_database(result.location, shop.url, force=True)
        assert contents(shop) == before


class TestScripts:
    """Dumps that were made elsewhere, or by hand."""

    @pytest.mark.parametrize(
        "line",
        ["\\! touch {}", "system touch {}", "\\. {}", "source {}", "tee {}", "\\T {}", "pager touch {}", "\\W \\! {}"],
    )  # fmt: skip
    async def test_no_line_starts_a_program(self, mariadb, tmp_path, line):
        """The client's own commands are taken for SQL, which is refused; the target is as it was."""
        shop = mariadb.fresh(THINGS)
        before = contents(shop)
        touched = tmp_path / "touched"
        file = script(tmp_path, f"CREATE TABLE a (b INT);\n{line.format(touched)}\n;\n")
        with pytest.raises(ToolFailed, match="exited 1"):
            await restore_database(file, shop.url, force=True)
        assert not touched.exists()
        assert contents(shop) == before
        assert mariadb.databases() == [shop.name]

    async def test_no_file_of_this_machine_is_read(self, mariadb, tmp_path):
        """LOAD DATA LOCAL is refused."""
        shop = mariadb.fresh()
        (tmp_path / "secret").write_text("s3cret\n")
        load = f"CREATE TABLE a (b TEXT);\nLOAD DATA LOCAL INFILE '{tmp_path / 'secret'}' INTO TABLE a;\n"
        with pytest.raises(ToolFailed, match="exited 1"):
            await restore_database(script(tmp_path, load), shop.url)

    async def test_another_delimiter_is_taken(self, mariadb, tmp_path):
        """DELIMITER is what dumps need, and works."""
        shop = mariadb.fresh()
        text = "delimiter $$\nCREATE PROCEDURE p() BEGIN SELECT 1; END$$\ndelimiter ;\nCREATE TABLE a (b INT);\n"
        await restore_database(script(tmp_path, text), shop.url)
        assert shop.run("CALL p()") == "1"

    @pytest.mark.parametrize("text", ["USE {};\nDROP TABLE things;\n", "CREATE DATABASE IF NOT EXISTS {};\n"])
    async def test_a_script_that_goes_elsewhere_is_refused(self, mariadb, tmp_path, text):
        """A dump made with --databases would be loaded into the live one."""
        shop = mariadb.fresh(THINGS)
        before = contents(shop)
        with pytest.raises(InvalidArchive, match="names its own database"):
            await restore_database(script(tmp_path, text.format(shop.name)), shop.url, force=True)
        assert contents(shop) == before

    async def test_a_hidden_change_of_database_is_found(self, mariadb, tmp_path):
        """Behind another statement USE is not seen before, but at the end; nothing is swapped."""
        shop, other = mariadb.fresh(THINGS), mariadb.fresh()
        before = contents(shop)
        text = f"CREATE TABLE a (b INT); USE {other.name};\n"
        with pytest.raises(InvalidArchive, match="changed to another database"):
            await restore_database(script(tmp_path, text), shop.url, force=True)
        assert contents(shop) == before

    @pytest.mark.parametrize("rest", ["INSERT INTO a VALUES ('\n", "/* no end\n", "INSERT INTO a VALUES (1), (2\n"])
    async def test_half_a_statement_at_the_end_is_refused(self, mariadb, tmp_path, rest):
        """What ends inside of a text, a comment or a statement is no dump, whatever its last line says."""
        shop = mariadb.fresh(THINGS)
        before = contents(shop)
        with pytest.raises((InvalidArchive, ToolFailed)):
            await restore_database(script(tmp_path, f"CREATE TABLE a (b TEXT);\n{rest}"), shop.url, force=True)
        assert contents(shop) == before
        assert mariadb.databases() == [shop.name]

    async def test_a_missing_trailer_is_said(self, mariadb, tmp_path):
        """Without its last line a dump is refused, and restored with a note where that is wanted."""
        shop = mariadb.fresh()
        file = script(tmp_path, f"{THINGS};\n", trailer="")
        with pytest.raises(InvalidArchive, match=r"Dump completed.*--no-verify-trailer"):
            await restore_database(file, shop.url)
        restored = await restore_database(file, shop.url, verify_trailer=False)
        assert "torn" in " ".join(restored.notes)
        assert shop.run("SELECT COUNT(*) FROM things") == "2"

    @pytest.mark.parametrize(
        "first", ["/*M!999999\\- enable the sandbox mode */ \n", "/*!999999\\- enable the sandbox mode */\n", ""]
    )
    async def test_the_sandbox_line_is_known_in_both_spellings(self, mariadb, tmp_path, first):
        """Newer and older mariadb-dump, and mysqldump, which has none."""
        shop = mariadb.fresh()
        await restore_database(script(tmp_path, f"{first}-- MariaDB dump 10.19\n{THINGS};\n"), shop.url)
        assert shop.run("SELECT COUNT(*) FROM things") == "2"

    async def test_row_data_is_not_shown(self, mariadb, tmp_path):
        """The client repeats what it could not load; the error does not."""
        shop = mariadb.fresh()
        text = "CREATE TABLE a (b VARCHAR(99) PRIMARY KEY);\ninsert into a values\n('s3cret row'),\n('s3cret row');\n"
        with pytest.raises(ToolFailed, match="ERROR 1062") as caught:
            await restore_database(script(tmp_path, text), shop.url)
        assert "s3cret" not in str(caught.value)


class TestFaults:
    """What happens to the programs and the server meanwhile."""

    @pytest.mark.parametrize("victim", ["client", "server"])
    async def test_a_death_while_loading_changes_nothing(self, own_mariadb, tmp_path, victim):
        """The client or the server ended in the load: the target is as it was, the next works."""
        server = own_mariadb()
        shop = server.fresh(BULK.format("seq_1_to_9999"))
        result = await backup_database(shop.url, tmp_path)
        shop.run("DELETE FROM bulk WHERE a > 3")
        killed = []

        def look(progress):
            if progress.step == "load" and progress.done > 1 << 20 and not killed:
                for process in [server.pid] if victim == "server" else clients():
                    os.kill(process, signal.SIGKILL)
                    killed.append(process)

        with pytest.raises(ToolFailed):
            await restore_database(result.location, shop.url, force=True, on_progress=look)
        assert killed
        if victim == "server":
            server.kill()
            server.start()
        assert shop.run("SELECT COUNT(*) FROM bulk") == "3"
        await restore_database(result.location, shop.url, force=True)
        assert shop.run("SELECT COUNT(*) FROM bulk") == "9999"
        assert server.databases() == [shop.name]

    async def test_a_file_that_changes_is_not_loaded(self, mariadb, tmp_path):
        """The client is killed, its last statement never ended, and the target is as it was."""
        shop = mariadb.fresh(BULK.format("seq_1_to_2000"))
        result = await backup_database(shop.url, tmp_path, compress=False)
        before = contents(shop)
        file = Path(result.location)

        def look(progress):
            if progress.step == "load" and progress.done > 1 << 20:
                with file.open("r+b") as content:
                    content.seek(-1000, os.SEEK_END)
                    content.write(b"\nDROP TABLE bulk;\n")

        with pytest.raises(InvalidArchive, match="was changed while"):
            await restore_database(file, shop.url, force=True, on_progress=look)
        assert contents(shop) == before
        assert mariadb.databases() == [shop.name]

    async def test_two_restores_of_one_target_do_not_meet(self, mariadb, tmp_path):
        """The second is told that the first is running."""
        shop = mariadb.fresh(THINGS)
        result = await backup_database(shop.url, tmp_path)
        errors = []

        def look(progress):
            if progress.step == "load" and not errors:
                errors.append(asyncio.run(refused()))

        async def refused():
            try:
                await restore_database(result.location, shop.url, force=True)
            except TargetBusy as error:
                return error

        await restore_database(result.location, shop.url, force=True, on_progress=look)
        assert "running" in str(errors[0])

    async def test_verification_touches_nothing(self, mariadb, tmp_path):
        """It restores beside the database, compares, and takes that away; wrong counts are found."""
        shop = mariadb.fresh(everything("shop_9"), name="shop_9")
        result = await backup_database(shop.url, tmp_path, count_rows=True)
        shop.run("DELETE FROM orders")
        before = contents(shop)
        assert (await verify_backup(result.location, shop.url)).compared
        change(result.sidecar, '"orders": 2', '"orders": 3')
        with pytest.raises(InvalidArchive, match="orders"):
            await verify_backup(result.location, shop.url)
        assert contents(shop) == before
        assert mariadb.databases() == ["shop_9"]


def clients():
    """Return the process ids of the clients that we have started."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            continue
        if (
            words[0].endswith(b"/mariadb")
            and parent == os.getpid()
            and any(b"_openviper_new" in word for word in words)
        ):
            found.append(int(folder.name))
    return found
