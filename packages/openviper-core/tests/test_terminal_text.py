"""What strangers wrote, as a terminal shows it, and columns."""

from __future__ import annotations

import pytest

from openviper.core.terminal_text import columns_of, harmless, harmless_line, table


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("shop\x1b[2J", r"shop\x1b[2J"),
        ("a\u202eb", r"a\u202eb"),
        ("a\u2066b\u2069", r"a\u2066b\u2069"),
        ("\udcff", r"\udcff"),
        ("a\rb\x07", r"a\rb\x07"),
        ("Bücher\tx\n", "Bücher\tx\n"),
    ],
)
def test_harmless(text, shown):
    """What a terminal would obey is written as an escape."""
    assert harmless(text) == shown


def test_harmless_in_one_line():
    """Tabs and line ends too, where one line is wanted."""
    assert harmless_line("a\tb\nc\x1b") == r"a\tb\nc\x1b"


@pytest.mark.parametrize(
    ("text", "columns"), [("", 0), ("abc", 3), ("ü", 1), ("u\u0308", 1), ("日本", 4), ("\uff41", 2)]
)
def test_columns(text, columns):
    """A wide character takes two, a combining one none."""
    assert columns_of(text) == columns


def test_table():
    """Columns stand below each other, and no line ends in spaces."""
    assert table([("a", "bcd"), ("efg", "h"), ("日", "x")]) == ["a    bcd", "efg  h", "日   x"]


def test_table_of_nothing():
    """No rows, no lines."""
    assert table([]) == []
