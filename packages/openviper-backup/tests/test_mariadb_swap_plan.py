"""What stands beside a backup while MariaDB's swap is on, where something else stands there."""

from __future__ import annotations

import os

import pytest

from openviper.backup._mariadb.preflight import check_folder
from openviper.backup._mariadb.swap_plan import plan_file, read_plan
from openviper.backup.errors import InvalidInput


def test_without_a_file_there_is_no_plan(tmp_path):
    """Nothing was begun."""
    assert read_plan(tmp_path / "shop.sql") is None


def test_what_is_too_large_is_not_read(tmp_path):
    """It has holes alone, and would fill the memory."""
    file = tmp_path / "shop.sql"
    plan_file(file).touch()
    os.truncate(plan_file(file), 1 << 40)
    with pytest.raises(InvalidInput, match=r"swap\.json' has more than 67108864 bytes"):
        read_plan(file)


def test_what_is_not_a_file_is_not_waited_for(tmp_path):
    """A FIFO has no end while nobody writes to it."""
    file = tmp_path / "shop.sql"
    os.mkfifo(plan_file(file))
    with pytest.raises(InvalidInput, match=r"swap\.json' is not a regular file: take it away"):
        read_plan(file)


def test_the_probe_of_a_folder_follows_no_link(tmp_path):
    """Somebody who may write beside the backup could have a file made anywhere."""
    file, elsewhere = tmp_path / "shop.sql", tmp_path / "elsewhere"
    (tmp_path / "shop.sql.swap.part").symlink_to(elsewhere)
    check_folder(file)
    assert [*tmp_path.iterdir()] == []
    assert not elsewhere.exists()
