"""How a trigger's statement begins."""

from __future__ import annotations

import pytest

from openviper.backup._mariadb.headers import unqualified_trigger
from openviper.backup.errors import InvalidArchive


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "CREATE TRIGGER s.t BEFORE INSERT ON s.o FOR EACH ROW SET @a = 's.t'",
            "CREATE TRIGGER t BEFORE INSERT ON o FOR EACH ROW SET @a = 's.t'",
        ),
        (
            "CREATE TRIGGER s.t -- of s.o\n--\nBEFORE /* s. */ INSERT # on\nON s.o FOR EACH ROW SET @a = 1",
            "CREATE TRIGGER t -- of s.o\n--\nBEFORE /* s. */ INSERT # on\nON o FOR EACH ROW SET @a = 1",
        ),
        (
            "create trigger/**/`s``` . `t```after update on`s```.`o`for each row precedes `u` set @a = 1",
            "create trigger/**/`t```after update on`o`for each row set @a = 1",
        ),
        (
            "CREATE DEFINER=`a`@`b` TRIGGER IF NOT EXISTS t AFTER DELETE ON o FOR EACH ROW SET @a = 1",
            "CREATE DEFINER=`a`@`b` TRIGGER t AFTER DELETE ON o FOR EACH ROW SET @a = 1",
        ),
    ],
)
def test_no_database_is_named(before, after):
    """Whatever blanks and comments stand between the words; nor another trigger, nor a condition."""
    assert unqualified_trigger(before.encode()) == after.encode()


def test_a_header_that_cannot_be_read_is_refused():
    """It might name the live database."""
    with pytest.raises(InvalidArchive, match="may name another database"):
        unqualified_trigger(b"CREATE TRIGGER s.t SOMETIMES ON s.o FOR EACH ROW SET @a = 1")
