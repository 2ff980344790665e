"""The journal and the log beside a database."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlite_making import names

from openviper.backup._sqlite.rests import has_rests, move_rests


@pytest.mark.parametrize(("left", "expected"), [({}, False), ({"-wal": ""}, False), ({"-journal": "x"}, True)])
def test_rests(tmp_path, left, expected):
    """A rest without a byte is none."""
    for suffix, text in left.items():
        (tmp_path / f"shop.db{suffix}").write_text(text)
    assert has_rests(tmp_path / "shop.db") == expected


def test_moving(tmp_path):
    """Journal, log and index go from one database to the other, and nothing else does."""
    for name in ("a-journal", "a-wal", "a-shm", "a-walk", "a"):
        Path(tmp_path / name).touch()
    move_rests(tmp_path / "a", tmp_path / "b.db")
    assert names(tmp_path) == ["a", "a-walk", "b.db-journal", "b.db-shm", "b.db-wal"]
