"""How MariaDB's programs connect: an option file without a name, and the options of URLs."""

from __future__ import annotations

import shutil
import stat
import subprocess
from pathlib import Path

import pytest
from server_needs import skip

from openviper.backup._mariadb.connection import connection_of, option_file
from openviper.backup.errors import InvalidInput
from openviper.backup.url import DatabaseURL, parse_url

PASSWORDS = (
    "plain",
    "with \"double\" and 'single' quotes",
    '"',
    "'",
    "ends with a backslash\\",
    "\\n is no newline",
    "# no comment; none either",
    "100%@[client] user=root",
    "  spaces around  ",
    "tab\tinside",
    "Ünïcödé 🐍",
    'a\\"b\\\\"c#',
)


@pytest.mark.parametrize("password", PASSWORDS)
def test_every_password_arrives(password):
    """MariaDB's own programs read the password from the file as it was."""
    if shutil.which("my_print_defaults") is None:
        skip("MariaDB is not installed (my_print_defaults; apt-get install mariadb-server)")
    connection = connection_of(DatabaseURL("mariadb", "shop", user="ada", password=password))
    with option_file(connection) as path:
        read = subprocess.run(
            ["my_print_defaults", f"--defaults-file={path}", "client"], capture_output=True, check=True
        )
    assert read.stdout.decode() == f"--user=ada\n--password={password}\n"


def test_nobody_else_reads_the_file_and_it_has_no_name(tmp_path, monkeypatch):
    """The option file is 0600, and in no folder."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with option_file(connection_of(parse_url("mysql://ada:secret@db/shop"))) as path:
        assert stat.S_IMODE(Path(path).stat().st_mode) == 0o600
        assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize(
    ("url", "options"),
    [
        (
            "mysql+aiomysql://ada@db.example:3307/shop",
            {"user": "ada", "host": "db.example", "port": "3307", "protocol": "tcp"},
        ),
        ("mariadb://localhost/shop", {"host": "localhost", "protocol": "tcp"}),
        ("mariadb://[::1]/shop", {"host": "::1", "protocol": "tcp"}),
        ("mariadb:///shop", {}),
        (
            "mysql://ada@localhost/shop?unix_socket=/run/my%20sql.sock",
            {"user": "ada", "host": "localhost", "socket": "/run/my sql.sock"},
        ),
        (
            "mysql:///shop?ssl_ca=/etc/ca.pem&ssl_verify_cert=true",
            {"ssl-ca": "/etc/ca.pem", "ssl-verify-server-cert": None},
        ),
        ("mysql:///shop?ssl=true&charset=utf8mb4&pool_recycle=3", {"ssl": None}),
        ("mysql:///shop?ssl=false", {}),
    ],
)
def test_a_url_says_everything(url, options):
    """Host, port, user, socket and TLS go where the programs look for them; what drivers alone know is left out."""
    assert connection_of(parse_url(url)).options == options


@pytest.mark.parametrize(
    "url",
    [
        "mariadb://ada:secret@db",
        "mariadb://ada:secret@db/",
        "mariadb://ada:secret@db/shop/orders",
        "mysql:///shop?ssl_crl=/x",
        "mysql:///shop?ssl_password=secret",
        "mysql:///shop?ssl=perhaps",
        "mysql:///shop?read_default_file=/etc/my.cnf",
        f"mysql://ada:{'x' * 5000}@db/shop",
        f"mysql://ada:{'%C3%BC' * 3000}@db/shop",
        "mariadb:///shop?ssl_mode=REQUIRED",
    ],
)
def test_what_cannot_be_passed_on_is_refused(url):
    """No database, or an option without which the connection would be another, is an error that shows no password."""
    with pytest.raises(InvalidInput) as caught:
        connection_of(parse_url(url))
    assert "secret" not in str(caught.value)
    assert "xxxx" not in str(caught.value)


def test_our_own_variables_say_nothing():
    """What the environment says of a server is taken away from the programs."""
    environment = connection_of(parse_url("mysql:///shop")).environment
    assert environment["MYSQL_PWD"] is environment["MYSQL_TCP_PORT"] is environment["MYSQL_HOST"] is None
    assert not Path(environment["MYSQL_TEST_LOGIN_FILE"]).exists()
