"""Engines by scheme: our own, and those that other distributions bring."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from openviper.backup.engines import get_engine, identify
from openviper.backup.errors import BackupError, InvalidInput, UnsupportedScheme


@pytest.fixture
def offered(tmp_path, monkeypatch):
    """Put a distribution on the path that offers engines: ``name = module:Class`` lines."""

    def put(*lines: str) -> None:
        folder = tmp_path / "acme-1.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1\n")
        (folder / "entry_points.txt").write_text("\n".join(("[openviper.backup_engines]", *lines, "")))
        monkeypatch.syspath_prepend(tmp_path)

    return put


@pytest.mark.parametrize(
    ("scheme", "message"),
    [
        ("nodb", "Unsupported database scheme 'nodb'"),
        ("nodb+driver", "Unsupported database scheme 'nodb+driver'"),
        ("postgre", "Unsupported database scheme 'postgre'; did you mean 'postgres'?; supported: "),
        ("", "Unsupported database scheme ''"),
    ],
)
def test_unknown(scheme, message):
    """The scheme is named, with the nearest and all that are there."""
    with pytest.raises(UnsupportedScheme, match=re.escape(message)) as raised:
        get_engine(scheme)
    assert str(raised.value).endswith("mariadb, mssql, mysql, oracle, postgres, postgresql, sqlite")
    assert isinstance(raised.value, InvalidInput)


@pytest.mark.parametrize("scheme", ["script", "script+driver", "SCRIPT"])
def test_of_others(offered, scheme):
    """A distribution brings an engine by an entry point."""
    offered("script = dump_script:ScriptedEngine")
    assert get_engine(scheme).name == "script"


def test_of_others_unknown(offered):
    """Those of others are among the supported ones."""
    offered("script = dump_script:ScriptedEngine")
    with pytest.raises(UnsupportedScheme, match=r"'scrip'; did you mean 'script'\?; supported: .*, script, sqlite"):
        get_engine("scrip")


@pytest.mark.parametrize("value", ["nowhere:Engine", "dump_script:Nothing", "dump_script:ScriptedDump"])
def test_broken(offered, value):
    """An engine that cannot be loaded is named with its distribution."""
    offered(f"script = {value}")
    with pytest.raises(BackupError, match=re.escape(f"'script' ({value}, from acme) cannot be loaded")):
        get_engine("script")


@pytest.mark.parametrize(
    ("scheme", "name"),
    [
        ("sqlite", "sqlite"),
        ("sqlite+aiosqlite", "sqlite"),
        ("postgres", "postgres"),
        ("postgresql+asyncpg", "postgres"),
        ("PostgreSQL", "postgres"),
        ("mysql+aiomysql", "mariadb"),
        ("mariadb", "mariadb"),
        ("oracle+oracledb", "oracle"),
        ("mssql+pyodbc", "mssql"),
    ],
)
def test_own(scheme, name):
    """Each documented scheme, with a driver or without, has its engine."""
    assert get_engine(scheme).name == name


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"SQLite format 3\x00" + bytes([16, 0, 1, 1, 0, 64, 32, 32]) + bytes(76), "sqlite"),
        (b"--\n-- PostgreSQL database dump\n--\n", "postgres"),
        (b"--\n-- PostgreSQL database dump\n--\n\n\\restrict abc\n", "postgres"),
        (b"/*M!999999\\- enable the sandbox mode */ \n-- MariaDB dump 10.19  Distrib 10.11.6-MariaDB\n", "mariadb"),
        (b"-- MySQL dump 10.13  Distrib 8.0.36, for Linux (x86_64)\n", "mariadb"),
        (b"CREATE TABLE things (id integer);\n", None),
        (b"", None),
    ],
)
def test_identified(head, name):
    """A dump tells by its beginning whose it is; what was written by hand does not."""
    found = identify(head)
    assert (found and found.name) == name


def test_identified_by_others(offered):
    """A dump that one of others knows is found; a broken one beside it is logged, and in nobody's way."""
    offered("broken = nowhere:Engine", "script = dump_script:ScriptedEngine")
    assert identify(b"INSERT INTO things").name == "script"


def test_a_broken_one_is_logged(offered, caplog):
    """It is said why an engine was not asked."""
    offered("broken = nowhere:Engine")
    assert identify(b"no dump of anybody") is None
    assert "'broken' (nowhere:Engine, from acme) cannot be loaded" in caplog.text


def test_lazy():
    """Which engines there are is known without one of them."""
    code = """
import sys
from openviper.backup.engines import get_engine, identify
print([name for name in sys.modules if name.startswith("openviper.backup.engines.")])
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"
