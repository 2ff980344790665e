"""What stands in a .swap.sql file, given to a client by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from mariadb_instance import Schema
from mariadb_shop import contents, everything
from mariadb_swaps import CHANGES, killed

from openviper.backup.backup import backup_database


def mode_and_bytes(path):
    """Return a file's permissions and what is in it."""
    return Path(path).stat().st_mode & 0o777, Path(path).read_bytes()


def renamed(server, source, target):
    """Move all tables of one database to another by hand."""
    for line in server.run("SHOW FULL TABLES WHERE Table_type <> 'VIEW'", source).splitlines():
        name = "`" + line.split("\t")[0].replace("`", "``") + "`"
        if name.startswith("`openviper"):
            continue
        server.run(f"SET foreign_key_checks = 0; RENAME TABLE `{source}`.{name} TO `{target}`.{name}")


@pytest.mark.parametrize(("side", "step"), [("new", "swap: triggers"), ("old", "swap: renamed")])
async def test_each_part_makes_one_side_again(mariadb, tmp_path, side, step):
    """Whoever brings the tables to one side can do without the commands: that side's part makes all else again."""
    shop = mariadb.fresh(everything("shop_9"), name="shop_9")
    new = contents(shop)
    file = (await backup_database(shop.url, tmp_path)).location
    shop.run(CHANGES)
    old = contents(shop)
    killed(file, shop.url, step)
    if side == "old":
        renamed(mariadb, "shop_9", "shop_9_openviper_new")
        renamed(mariadb, "shop_9_openviper_old", "shop_9")
    else:
        shop.run("ALTER TABLE numbered ALTER COLUMN id SET DEFAULT (NEXT VALUE FOR shop_9.numbers)")
    mode, saved = mode_and_bytes(f"{file}.swap.sql")
    assert mode == 0o600
    head, _, rest = saved.partition(b"-- The new ones\n")
    parts = dict(zip(("new", "old"), rest.split(b"-- The old ones\n"), strict=True))
    Schema(mariadb, "mysql", "root").run(head + parts[side])
    found, wanted = contents(shop), new if side == "new" else old
    assert {key for key in wanted if found.get(key) != wanted[key]} == set()
