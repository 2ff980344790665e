"""What a connection is asked first: names on a server that keeps them in lower case, and TLS."""

from __future__ import annotations

import pytest

from openviper.backup.backup import backup_database
from openviper.backup.errors import InvalidInput
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


@pytest.mark.parametrize("option", ["ssl=true", "ssl_ca=/etc/ssl/certs/ca-certificates.crt"])
async def test_tls_is_not_a_wish(mariadb, tmp_path, option):
    """Where the URL asks for it and the server has none, nothing is dumped or restored."""
    assert mariadb.run("SELECT @@have_ssl") == "DISABLED"
    shop = mariadb.fresh("CREATE TABLE t (a INT)")
    result = await backup_database(shop.url, tmp_path / "plain")
    url = f"{shop.url}?{option}"
    for command in (
        backup_database(url, tmp_path / "tls"),
        restore_database(result.location, url, force=True),
        verify_backup(result.location, url),
    ):
        with pytest.raises(InvalidInput, match="asks for TLS"):
            await command
