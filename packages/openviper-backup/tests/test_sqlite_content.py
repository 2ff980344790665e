"""What bytes are, before they are believed."""

from __future__ import annotations

import pytest
from sqlite_making import make_database

from openviper.backup._sqlite.content import check_content, is_database, is_wal
from openviper.backup.engines.base import Content
from openviper.backup.errors import InvalidArchive


def content_of(data: bytes) -> Content:
    return Content(len(data), data[: 1 << 16], data[-(1 << 16) :])


@pytest.mark.parametrize("page_size", [512, 4096, 65536])
@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
def test_a_database(tmp_path, mode, page_size):
    """A whole file passes without a note; each one that is shorter, or longer by some bytes, does not."""
    data = make_database(tmp_path / "shop.db", mode=mode, page_size=page_size).read_bytes()
    assert is_database(data)
    assert is_wal(data) == (mode == "WAL")
    assert check_content(content_of(data)) == ()
    for torn in (data[:-1], data[:-page_size], data[:page_size], data[:100], data[:99], data[:16], data + b"x"):
        with pytest.raises(InvalidArchive, match=r"it is torn|less than its header has"):
            check_content(content_of(torn))


def test_a_count_of_pages_that_is_not_kept(tmp_path):
    """Of a file that a SQLite before 3.7.0 has written, the header does not know the size."""
    data = bytearray(make_database(tmp_path / "shop.db").read_bytes())
    data[28:32] = (99_999).to_bytes(4, "big")
    data[92:96] = b"\x00\x00\x99\x99"
    assert check_content(content_of(bytes(data))) == ()


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        ("BEGIN; CREATE TABLE a (b);\nCOMMIT;\n", 0),
        ("begin;create table a(b);commit;", 0),
        ("CREATE TABLE a (b);", 1),
        ("-- käse\n" * 9_000, 1),
        ("\ufeffCREATE TABLE a (b); COMMIT; ", 0),
    ],
)
def test_text(text, notes):
    """Text passes; where nothing in it says that it is whole, a note does."""
    found = check_content(content_of(text.encode()))
    assert len(found) == notes
    assert all("whether it is whole could not be checked" in note for note in found)


@pytest.mark.parametrize(
    "data",
    [
        b"\x00",
        b"PGDMP\x01\x0e\x00",
        b"\xff\xfeC\x00R\x00",
        b"CREATE TABLE \xff;",
        b"\x1f\x8b\x08",
        b"SQLite format 3\x01\x00",
    ],
)
def test_bytes_that_are_neither(data):
    """What is no database and no text is refused."""
    with pytest.raises(InvalidArchive, match="neither a database file of SQLite nor SQL text in UTF-8"):
        check_content(content_of(data))


def test_a_character_across_the_edge():
    """The head may end within a character."""
    data = ("x" * 65_535 + "ä").encode()
    assert len(check_content(content_of(data))) == 1


def test_a_dump_that_was_given_up():
    """sqlite3 says by a last line that it could not read everything."""
    text = b"BEGIN TRANSACTION;\n/****** CORRUPTION ERROR *******/\nROLLBACK; -- due to errors\n"
    with pytest.raises(InvalidArchive, match="given up by sqlite3"):
        check_content(content_of(text))
