r"""pg_dump's own ``\restrict`` pair is taken out where it stands, and nothing else."""

from __future__ import annotations

import io

import pytest

from openviper.backup._postgres.source import own_pair, pieces
from openviper.backup.engines.base import Content

HEAD = b"--\n-- PostgreSQL database dump\n--\n\n"
TAIL = b"--\n-- PostgreSQL database dump complete\n--\n\n"
EDGE = 1 << 16


def fed(data, *drops):
    content = Content(len(data), data[:EDGE], data[-EDGE:])
    return b"".join(pieces(io.BytesIO(data), own_pair(content), drops))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (HEAD + b"\\restrict a1\n\nx;\n" + TAIL + b"\\unrestrict a1\n\n", HEAD + b"\n\nx;\n" + TAIL + b"\n\n"),
        (HEAD + b"\\restrict a1\r\nx;\n" + TAIL + b"\\unrestrict a1", HEAD + b"\r\nx;\n" + TAIL),
        (b"\\restrict a1\n\\unrestrict a1\n", b"\n\n"),
        (b"\\restrict a1\nx;\n", b"\nx;\n"),
        (b"\\restrict a1\nx;\n\\unrestrict a2\n", b"\nx;\n\\unrestrict a2\n"),
        (b"\\restrict a1\n\\unrestrict a1\nx;\n", b"\n\\unrestrict a1\nx;\n"),
        (b"\\restrict a1\n\\restrict a2\n\\unrestrict a1\n", b"\n\\restrict a2\n\n"),
        (b"x;\n\\restrict a1\n\\unrestrict a1\n", None),
        (b"\\unrestrict a1\n", None),
        (b"\\restrict a1;\n", None),
        (b" \\restrict a1\n", None),
        (b"\\restrict\n", None),
        (b"-- \\restrict a1\nx;\n-- \\unrestrict a1\n", None),
        (b"-- a\r\\restrict a1\nx;\n", None),
        (b"\xef\xbb\xbf-- a\nx;\n", b"-- a\nx;\n"),
        (b"\xef\xbb\xbf\\restrict a1\nx;\n\\unrestrict a1\n", b"\nx;\n\n"),
        (b"", b""),
        (b"\n\n", None),
    ],
)
def test_the_pair(given, expected):
    """The pair is the first line that is no comment, and the last with the same key."""
    assert fed(given) == (given if expected is None else expected)


@pytest.mark.parametrize("size", [EDGE - 20, EDGE, EDGE + 20, (1 << 20) - 40, 1 << 20, (1 << 20) + 9, 3 << 20])
@pytest.mark.parametrize("drops", [(), (lambda statement: False,)])
def test_wherever_pieces_are_divided(size, drops):
    """Each line of the pair goes, however long the dump is, and however it falls into pieces."""
    rows = (b"\\restrict a1\n\\unrestrict a1\nrow\n" * (size // 30 + 1))[:size]
    data = HEAD + b"\\restrict a1\n\nCOPY t FROM stdin;\n" + rows + b"\n\\.\n" + TAIL + b"\\unrestrict a1\n\n"
    expected = HEAD + b"\n\nCOPY t FROM stdin;\n" + rows + b"\n\\.\n" + TAIL + b"\n\n"
    assert fed(data, *drops) == expected
