"""Names of databases on a server that keeps them in lower case."""

from __future__ import annotations

from openviper.backup.backup import backup_database
from openviper.backup.restore import restore_database
from openviper.backup.verify import verify_backup


async def test_a_name_in_capitals_is_the_servers_name(own_mariadb, tmp_path):
    """Drivers connect to it, and so does each command; a database that is made has the server's spelling."""
    server = own_mariadb("--lower-case-table-names=1")
    server.fresh("CREATE TABLE T (a INT); INSERT INTO T VALUES (1)", name="Shop")
    result = await backup_database(server.url("SHOP"), tmp_path, count_rows=True)
    assert (await verify_backup(result.location, server.url("SHOP"))).compared
    server.run("INSERT INTO t VALUES (2)", "shop")
    await restore_database(result.location, server.url("SHOP"), force=True)
    await restore_database(result.location, server.url("OTHER"))
    await restore_database(result.location, server.url("Other"), force=True)
    assert server.databases() == ["other", "shop"]
    for name in server.databases():
        assert server.run("SELECT a FROM t", name) == "1"
