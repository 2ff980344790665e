"""Engines by scheme: our own, and those that other distributions bring."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from openviper.backup.engines import get_engine
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


def test_lazy():
    """Which engines there are is known without one of them."""
    code = """
import sys
from openviper.backup.engines import get_engine
print([name for name in sys.modules if name.startswith("openviper.backup.engines.")])
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"
