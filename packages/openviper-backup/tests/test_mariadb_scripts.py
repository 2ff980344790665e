"""Dumps for a real MariaDB that were made elsewhere, or by hand."""

from __future__ import annotations

import pytest
from mariadb_shop import contents

from openviper.backup.backup import backup_database
from openviper.backup.errors import InvalidArchive, ToolFailed
from openviper.backup.restore import restore_database

THINGS = "CREATE TABLE things (id INT PRIMARY KEY, name TEXT); INSERT INTO things VALUES (1, 'one'), (2, 'two')"
TRAILER = "-- Dump completed on 2026-01-31 23:59:59\n"


def script(folder, text, *, trailer=TRAILER):
    """Return a file of SQL."""
    file = folder / "script.sql"
    file.write_bytes((text if isinstance(text, bytes) else text.encode()) + trailer.encode())
    return file


@pytest.mark.parametrize(
    "line",
    ["\\! touch {}", "system touch {}", "\\. {}", "source {}", "tee {}", "\\T {}", "pager touch {}", "\\W \\! {}"],
)  # fmt: skip
async def test_no_line_starts_a_program(mariadb, tmp_path, line):
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


async def test_no_file_of_this_machine_is_read(mariadb, tmp_path):
    """LOAD DATA LOCAL is refused."""
    shop = mariadb.fresh()
    (tmp_path / "secret").write_text("s3cret\n")
    load = f"CREATE TABLE a (b TEXT);\nLOAD DATA LOCAL INFILE '{tmp_path / 'secret'}' INTO TABLE a;\n"
    with pytest.raises(ToolFailed, match="exited 1"):
        await restore_database(script(tmp_path, load), shop.url)


async def test_another_delimiter_is_taken(mariadb, tmp_path):
    """DELIMITER is what dumps need, and works."""
    shop = mariadb.fresh()
    text = "delimiter $$\nCREATE PROCEDURE p() BEGIN SELECT 1; END$$\ndelimiter ;\nCREATE TABLE a (b INT);\n"
    await restore_database(script(tmp_path, text), shop.url)
    assert shop.run("CALL p()") == "1"


@pytest.mark.parametrize("text", ["USE {};\nDROP TABLE things;\n", "CREATE DATABASE IF NOT EXISTS {};\n"])
async def test_a_script_that_goes_elsewhere_is_refused(mariadb, tmp_path, text):
    """A dump made with --databases would be loaded into the live one."""
    shop = mariadb.fresh(THINGS)
    before = contents(shop)
    with pytest.raises(InvalidArchive, match="names its own database"):
        await restore_database(script(tmp_path, text.format(shop.name)), shop.url, force=True)
    assert contents(shop) == before


@pytest.mark.parametrize(
    "text",
    [
        "CREATE TABLE a (b INT); USE {}; DROP TABLE things;\n",
        "CREATE TABLE a (b INT); /*!40101 USE {} */; DROP TABLE things;\n",
        "CREATE TABLE a (b INT); /* */ use\n{}; DROP TABLE things; USE {}_openviper_new;\n",
        "DROP TABLE {}.things;\n",
        "CREATE TABLE a (b INT); DELETE FROM `{}` . things;\n",
        "CREATE TABLE a (b INT); TRUNCATE {}.things;\n",
    ],
)
async def test_a_statement_that_goes_to_the_live_database_is_not_run(mariadb, tmp_path, text):
    """Wherever it stands in a line, it is refused before the client gets it."""
    shop = mariadb.fresh(THINGS)
    before = contents(shop)
    with pytest.raises(InvalidArchive, match="goes to a database by its name"):
        await restore_database(script(tmp_path, text.replace("{}", shop.name)), shop.url, force=True)
    assert contents(shop) == before
    assert mariadb.databases() == [shop.name]


@pytest.mark.parametrize("rest", ["INSERT INTO a VALUES ('\n", "/* no end\n", "INSERT INTO a VALUES (1), (2\n"])
async def test_half_a_statement_at_the_end_is_refused(mariadb, tmp_path, rest):
    """What ends inside of a text, a comment or a statement is no dump, whatever its last line says."""
    shop = mariadb.fresh(THINGS)
    before = contents(shop)
    with pytest.raises((InvalidArchive, ToolFailed)):
        await restore_database(script(tmp_path, f"CREATE TABLE a (b TEXT);\n{rest}"), shop.url, force=True)
    assert contents(shop) == before
    assert mariadb.databases() == [shop.name]


async def test_a_missing_trailer_is_said(mariadb, tmp_path):
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
async def test_the_sandbox_line_is_known_in_both_spellings(mariadb, tmp_path, first):
    """Newer and older mariadb-dump, and mysqldump, which has none."""
    shop = mariadb.fresh()
    await restore_database(script(tmp_path, f"{first}-- MariaDB dump 10.19\n{THINGS};\n"), shop.url)
    assert shop.run("SELECT COUNT(*) FROM things") == "2"


async def test_row_data_is_not_shown(mariadb, tmp_path):
    """The client repeats what it could not load; the error does not."""
    shop = mariadb.fresh()
    text = "CREATE TABLE a (b VARCHAR(99) PRIMARY KEY);\ninsert into a values\n('s3cret row'),\n('s3cret row');\n"
    with pytest.raises(ToolFailed, match="ERROR 1062") as caught:
        await restore_database(script(tmp_path, text), shop.url)
    assert "s3cret" not in str(caught.value)


@pytest.mark.timeout(300)
async def test_three_thousand_tables(mariadb, tmp_path):
    """They are loaded, moved in one statement, and backed up."""
    shop = mariadb.fresh(THINGS)
    text = "".join(f"CREATE TABLE things_{n:04} (id INT) ENGINE = MEMORY;\n" for n in range(3000))
    await restore_database(script(tmp_path, f"{text}INSERT INTO things_2999 VALUES (7), (8);\n"), shop.url, force=True)
    counts = (await backup_database(shop.url, tmp_path, count_rows=True)).row_counts
    assert counts == {f"things_{n:04}": 2 if n == 2999 else 0 for n in range(3000)}


async def test_a_change_of_database_in_what_says_it_is_a_dump_is_told(mariadb, tmp_path):
    """Such a file is not looked through; its end tells where it went, and it takes nothing's place."""
    shop, other = mariadb.fresh(THINGS), mariadb.fresh()
    before = contents(shop)
    file = script(tmp_path, f"-- MariaDB dump 10.19\nCREATE TABLE a (b INT); USE {other.name};\n")
    with pytest.raises(InvalidArchive, match=f"has changed to the database '{other.name}', and may have changed what"):
        await restore_database(file, shop.url, force=True)
    assert contents(shop) == before
    assert mariadb.databases() == [shop.name, other.name]
