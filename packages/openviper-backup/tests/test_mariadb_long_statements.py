"""Lines of a dump that are longer than what a server takes."""

from __future__ import annotations

import pytest

from openviper.backup._mariadb.long_statements import LongStatements


@pytest.mark.parametrize("size", [1, 7, 4000, 50_000, 1 << 20])
@pytest.mark.parametrize("where", ["{}\nb\n", "a\n{}\nb\n", "a\n{}"])
def test_the_longest_line_is_found_however_it_is_cut(size, where):
    """At the beginning, between others, and at the end; what is shorter than the limit by a header is not said."""
    for length, is_said in ((60_000, False), (100_000, True)):
        lines = LongStatements(100_000)
        text = where.format("x" * length).encode()
        for start in range(0, len(text), size):
            lines.add(text[start : start + size])
        # A line within one piece is not looked at.
        expected = is_said and (size < length or where.startswith("{}"))
        assert [f" {length} bytes" in note for note in lines.notes()] == [True] * expected
