"""How a dump of PostgreSQL begins and ends."""

from __future__ import annotations

import pytest

from openviper.backup._postgres.trailer import is_cluster_complete, is_complete, recognises

HEAD = b"--\n-- PostgreSQL database dump\n--\n\n"
TAIL = b"--\n-- PostgreSQL database dump complete\n--\n\n"
ROW = b"SET a = 1;\n\n"
RESTRICT, UNRESTRICT = b"\\restrict aB3\n\n", b"\\unrestrict aB3\n\n"
WHOLE = HEAD + RESTRICT + ROW + TAIL + UNRESTRICT


@pytest.mark.parametrize(
    "dump",
    [
        WHOLE,
        HEAD + ROW + TAIL,
        b"\n" + WHOLE,
        WHOLE.replace(b"\n", b"\r\n"),
        HEAD + RESTRICT + b"x" * 100_000 + b"\n" + TAIL + UNRESTRICT,
    ],
)
def test_a_whole_dump_is_whole(dump):
    """A whole dump is known with and without a key, from Windows, and of any length."""
    assert recognises(dump)
    assert is_complete(dump[:1024], dump[-1024:])
    assert is_complete(dump[:65536], dump[-65536:])


@pytest.mark.parametrize(
    "dump",
    [
        b"",
        HEAD,
        TAIL,
        ROW + TAIL,
        HEAD + RESTRICT + ROW + TAIL,
        HEAD + ROW + TAIL + UNRESTRICT,
        HEAD + RESTRICT + ROW + TAIL + b"\\unrestrict aB4\n\n",
        HEAD + RESTRICT + ROW + UNRESTRICT,
        WHOLE + b"SELECT 1;\n",
        HEAD + ROW + b"x" + TAIL,
        b"-- " + WHOLE,
    ],
)
def test_a_torn_dump_is_not_whole(dump):
    """A dump without its beginning, its end or its key, or with something behind it, is not whole."""
    assert not is_complete(dump[:1024], dump[-1024:])


@pytest.mark.parametrize("missing", range(3, len(TAIL + UNRESTRICT) + 1))
def test_no_byte_of_the_end_may_be_missing(missing):
    """Any byte of the end is missed but the last two, which are empty lines."""
    assert not is_complete(WHOLE, WHOLE[:-missing])


@pytest.mark.parametrize(
    "head", [b"", b"SELECT 1;", b"-- MariaDB dump 10.19", b"-- PostgreSQL database dump", b"PGDMP"]
)
def test_other_files_are_not_recognised(head):
    """What other databases and formats write is not recognised, nor is text."""
    assert not recognises(head)


def test_the_roles_have_an_end_of_their_own():
    """The end of pg_dumpall is known, whose key stands before it."""
    end = b"--\n-- PostgreSQL database cluster dump complete\n--\n\n"
    assert is_cluster_complete(b"\\unrestrict a\n\n" + end)
    assert not is_cluster_complete(end[:-4])
    assert not is_cluster_complete(WHOLE)
