"""Settings that no machine's environment can change, and database servers that are asked for real.

Where a server is not installed its tests are skipped, which the last lines of the run say; they fail where
``OPENVIPER_REQUIRE_SERVICES=1``.
"""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest

from openviper.conf import override_settings

HERE = str(Path(__file__).parent)
if HERE not in sys.path:
    sys.path.append(HERE)

from ledger_commands import folder  # noqa: E402, F401 - found by the line above; a fixture
from ledger_files import backup, ledger_site, live  # noqa: E402, F401 - found by the line above; fixtures
from mariadb_instance import program as mariadb_program  # noqa: E402 - as above
from mariadb_instance import running_mariadb  # noqa: E402 - as above
from postgres_instance import program as postgres_program  # noqa: E402 - as above
from postgres_instance import running_postgres  # noqa: E402 - as above
from server_needs import MISSING, skip  # noqa: E402 - as above
from small_disks import small_disk  # noqa: E402 - as above
from vendor_site import shared, stubs  # noqa: E402, F401 - as above; fixtures


@pytest.fixture(autouse=True)
def _settings(monkeypatch):
    """Every test starts from the defaults, whatever the environment says."""
    for name in [name for name in os.environ if name.startswith(("PG", "MYSQL", "MARIADB"))]:
        monkeypatch.delenv(name)
    with override_settings(DEBUG=False, INSTALLED_APPS=()):
        yield


@pytest.fixture(scope="session")
def _shared_postgres():
    """Return a function that starts the server at the first call, or skips the test."""
    with ExitStack() as stack:
        running = []

        def start():
            if not running:
                running.append(stack.enter_context(running_postgres()))
            return running[0]

        yield start


@pytest.fixture
def postgres(_shared_postgres):
    """A server for all tests; what a test makes with ``fresh`` is dropped behind it."""
    needs_postgres()
    server = _shared_postgres()
    before = server.databases()
    yield server
    for name in set(server.databases()) - set(before):
        server.drop(name)


@pytest.fixture
def own_postgres():
    """Return ``own_postgres(lines of postgresql.conf) -> Postgres``, for a test that kills it."""
    needs_postgres()
    with ExitStack() as stack:
        yield lambda more="": stack.enter_context(running_postgres(more))


def needs_postgres():
    """Skip the test where PostgreSQL is not installed."""
    for name in ("postgres", "initdb", "psql", "pg_dump"):
        if postgres_program(name) is None:
            skip(f"PostgreSQL is not installed ({name}; apt-get install postgresql)")


@pytest.fixture(scope="session")
def _shared_mariadb():
    """Return a function that starts the server at the first call."""
    with ExitStack() as stack:
        running = []

        def start():
            if not running:
                running.append(stack.enter_context(running_mariadb()))
            return running[0]

        yield start


@pytest.fixture
def mariadb(_shared_mariadb):
    """A server for all tests; databases that a test leaves behind are dropped behind it."""
    needs_mariadb()
    server = _shared_mariadb()
    before = server.databases()
    yield server
    for name in set(server.databases()) - set(before):
        server.drop(name)


@pytest.fixture
def own_mariadb():
    """Return ``own_mariadb(*options of mariadbd) -> MariaDB``, for a test that kills it."""
    needs_mariadb()
    with ExitStack() as stack:
        yield lambda *more: stack.enter_context(running_mariadb(*more))


def needs_mariadb():
    """Skip the test where MariaDB is not installed."""
    for name in ("mariadbd", "mariadb-install-db", "mariadb", "mariadb-dump"):
        if mariadb_program(name) is None:
            skip(f"MariaDB is not installed ({name}; apt-get install mariadb-server)")


@pytest.fixture
def disk(tmp_path):
    """A file system of 1 MiB."""
    with small_disk(tmp_path / "disk") as made:
        yield made


@pytest.fixture(scope="session")
def _bucket_server():
    """A server of S3 for all tests."""
    from bucket_server import running_bucket

    with running_bucket() as running:
        yield running


@pytest.fixture
def bucket(_bucket_server, monkeypatch, tmp_path):
    """An empty bucket that boto3 finds by the environment, with an empty folder for what is staged."""
    from backup_terminal import engines
    from bucket_server import CREDENTIALS

    for name, value in {**CREDENTIALS, "AWS_ENDPOINT_URL": _bucket_server.url}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.syspath_prepend(engines(tmp_path))
    (tmp_path / "staging").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "staging"))
    monkeypatch.chdir(tmp_path)
    yield _bucket_server
    _bucket_server.fault = None
    left = (_bucket_server.uploads(), list((tmp_path / "staging").iterdir()))
    _bucket_server.clear()
    assert left == (0, [])


def pytest_terminal_summary(terminalreporter):
    for why, count in sorted(MISSING.items()):
        terminalreporter.write_line(f"{why}: {count} tests were skipped")
