"""Tables of a dump that lie in a folder of their own."""

from __future__ import annotations

import pytest

from openviper.backup._mariadb.directories import Directories


@pytest.mark.parametrize("size", [1, 7, 64, 1 << 20])
@pytest.mark.parametrize(
    ("text", "is_said"),
    [
        (b"CREATE TABLE `t` (\n  `a` int\n) ENGINE=InnoDB COMMENT='x' DATA DIRECTORY='/srv/';\n", True),
        (b"CREATE TABLE `t` (\n  `a` int\n) ENGINE=MyISAM INDEX DIRECTORY='/srv/';\n" + b"x" * 5000, True),
        (b"CREATE TABLE `t` (\n  `a` int\n) ENGINE=InnoDB;\nINSERT INTO `t` VALUES (' DATA DIRECTORY=');\n", False),
    ],
)
def test_they_are_found_however_the_dump_is_cut(text, is_said, size):
    """In a table's own options, and nowhere else."""
    looking = Directories()
    for start in range(0, len(text), size):
        looking.add(text[start : start + size])
    assert bool(looking.notes()) == is_said
