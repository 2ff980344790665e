"""What a client is fed of a dump, and what it says when it ends."""

from __future__ import annotations

import pytest

from openviper.backup.backup import backup_database
from openviper.backup.errors import ToolFailed
from openviper.backup.restore import restore_database
from openviper.backup.verify import verify_backup


async def test_rows_that_a_check_would_refuse_are_restored(mariadb, tmp_path):
    """They were written without it, and the CHECK itself is there again."""
    shop = mariadb.fresh(
        "CREATE TABLE t (a INT CHECK (a > 0)); SET check_constraint_checks = 0; INSERT INTO t VALUES (-1), (1)"
    )
    result = await backup_database(shop.url, tmp_path, count_rows=True)
    assert (await verify_backup(result.location, shop.url)).compared
    await restore_database(result.location, shop.url, force=True)
    assert shop.run("SELECT a FROM t ORDER BY a") == "-1\n1"
    with pytest.raises(RuntimeError, match="ERROR 4025"):
        shop.run("INSERT INTO t VALUES (-2)")


async def test_a_value_that_is_too_long_for_the_server_is_said(mariadb, tmp_path):
    """By the backup, and by what the server refuses it from."""
    shop = mariadb.fresh("CREATE TABLE t (a LONGBLOB); INSERT INTO t VALUES (REPEAT('x', 3 << 20))")
    before = mariadb.run("SELECT @@GLOBAL.max_allowed_packet")
    mariadb.run("SET GLOBAL max_allowed_packet = 4 << 20")
    try:
        result = await backup_database(shop.url, tmp_path)
        with pytest.raises(ToolFailed, match="SET GLOBAL max_allowed_packet = 1073741824"):
            await verify_backup(result.location, shop.url)
    finally:
        mariadb.run(f"SET GLOBAL max_allowed_packet = {before}")
    assert "statement of the dump has 62914" in result.notes[0]
    await verify_backup(result.location, shop.url)
    assert (await backup_database(shop.url, tmp_path)).notes == ()
