"""A folder to type commands in, with a ledger and a backup."""

from __future__ import annotations

import pytest
from backup_terminal import names, viperctl
from ledger_engine import dump_of

OLD, NEW = b"things\told\n", b"things\tnew\n"


@pytest.fixture
def folder(tmp_path):
    """A folder with a database that holds old data, and a backup of new."""
    (tmp_path / "live").write_bytes(OLD)
    (tmp_path / "new.sql").write_bytes(dump_of(b"new"))
    return tmp_path


def live(folder):
    return (folder / "live").read_bytes()


def url(folder, scheme="ledger"):
    return f"{scheme}:///{folder / 'live'}"


def archive(folder):
    """Make a backup of the live database; return its name."""
    assert viperctl(folder, "backup-db", "--db", url(folder), "--count-rows", "--path", "kept").returncode == 0
    (name,) = [name for name in names(folder / "kept") if name.endswith(".gz")]
    return f"kept/{name}"
