"""Tables of the user's whose names restores of MariaDB use for themselves."""

from __future__ import annotations

import pytest
from mariadb_shop import contents
from mariadb_swaps import THINGS, left_over

from openviper.backup._mariadb.reserved import Unreserved
from openviper.backup.backup import backup_database
from openviper.backup.errors import InvalidArchive, InvalidInput, RestoreRefused
from openviper.backup.restore import restore_database
from openviper.backup.verify import verify_backup

TRAILER = "-- Dump completed on 2026-01-31 23:59:59\n"
NAMES = ["openviper_made", "openviper_swap", "openviper_unfinished"]


@pytest.mark.parametrize("name", NAMES)
async def test_it_is_not_backed_up(mariadb, tmp_path, name):
    """What could not be restored is said while the database is there, and nothing is left of the backup."""
    shop = mariadb.fresh(f"CREATE TABLE {name} (file LONGTEXT, plan LONGTEXT); INSERT INTO {name} VALUES ('p', '1')")
    with pytest.raises(InvalidInput, match=f"has a table '{name}', .* rename the table"):
        await backup_database(shop.url, tmp_path)
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("in_place", [False, True])
@pytest.mark.parametrize("name", NAMES)
async def test_a_target_that_has_it_is_not_touched(mariadb, tmp_path, name, in_place):
    """It would be taken for the restore's own."""
    shop = mariadb.fresh(THINGS, user="owner", beside=not in_place)
    file = (await backup_database(shop.url, tmp_path)).location
    shop.run(f"CREATE TABLE {name} (file LONGTEXT, plan LONGTEXT); INSERT INTO {name} VALUES ('precious', '1')")
    before = contents(shop)
    with pytest.raises(RestoreRefused, match=f"has a table '{name}', .* rename the table, or drop it"):
        await restore_database(file, shop.url, force=True, in_place=in_place)
    assert contents(shop) == before
    assert left_over(shop, file) == []


async def test_what_is_kept_needs_one_more(mariadb, tmp_path):
    """The table of definitions beside kept tables may be the user's own only where none are kept."""
    shop = mariadb.fresh(f"{THINGS}; CREATE TABLE openviper_definitions (a INT)")
    before = contents(shop)
    file = (await backup_database(shop.url, tmp_path)).location
    with pytest.raises(RestoreRefused, match="has a table 'openviper_definitions'"):
        await restore_database(file, shop.url, force=True, keep_old=True)
    await restore_database(file, shop.url, force=True)
    assert contents(shop) == before


@pytest.mark.parametrize("in_place", [False, True])
@pytest.mark.parametrize("name", NAMES)
async def test_a_dump_that_makes_it_is_not_loaded(mariadb, tmp_path, name, in_place):
    """Of an older version, or of another program: the target is as it was; a verification says it too."""
    shop = mariadb.fresh(THINGS, user="owner", beside=not in_place)
    before = contents(shop)
    file = tmp_path / "dump.sql"
    file.write_text(f"DROP TABLE IF EXISTS `{name}`;\nCREATE TABLE `{name}` (\n  `file` longtext);\n{TRAILER}")
    with pytest.raises(InvalidArchive, match=f"makes a table '{name}'"):
        await restore_database(file, shop.url, force=True, in_place=in_place)
    if not in_place:
        with pytest.raises(InvalidArchive, match=f"makes a table '{name}'"):
            await verify_backup(file, shop.url)
    assert contents(shop) == before
    assert left_over(shop, file) == []


class Pieces:
    """Bytes, a few at a time."""

    def __init__(self, data, size):
        self._data, self._size = data, size

    def read(self, size, /):
        data, self._data = self._data[: self._size], self._data[self._size :]
        return data


@pytest.mark.parametrize("size", [1, 7, 64, 1000])
@pytest.mark.parametrize(
    ("text", "is_refused"),
    [
        (b"CREATE TABLE `openviper_made` (a INT);\n", True),
        (b"-- x\n  create table if not exists `openviper_swap` (a INT);\n", True),
        (b"CREATE TABLE `openviper_made_too` (a INT);\n", False),
        (b"INSERT INTO t VALUES ('CREATE TABLE `openviper_made` (a INT)');\n", False),
        (b"CREATE TABLE `openviper_definitions` (a INT);\n", False),
    ],
)
def test_where_the_pieces_end_does_not_matter(size, text, is_refused):
    """A statement may come in two of them, or in more."""
    dump = Unreserved(Pieces(text, size))

    def read():
        return b"".join(iter(lambda: dump.read(9), b""))

    if is_refused:
        with pytest.raises(InvalidArchive, match="openviper_"):
            read()
    else:
        assert read() == text
