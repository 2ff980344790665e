"""Help on narrow terminals."""

from __future__ import annotations

import click
import pytest

from openviper.cli._formatter import CommandContext, NarrowFormatter, terminal_width, write_section

ROWS = [("send-test-email", "Send a mail, and tell what https://example.org/said."), ("plain", "")]


def test_names_and_texts_stand_below_each_other_and_no_word_is_cut():
    """Not even one that is longer than a line."""
    formatter = NarrowFormatter(width=18)
    with formatter.section("Commands"):
        formatter.write_dl(ROWS)
    assert formatter.getvalue() == (
        "Commands:\n  send-test-email\n    Send a mail,\n    and tell what\n    https://example.org/said.\n  plain\n"
    )


def test_the_usage_is_wrapped_between_its_words():
    """The command's name stays whole."""
    formatter = NarrowFormatter(width=18)
    formatter.write_usage("openviper viperctl send-test-email", "[OPTIONS] TO")
    assert formatter.getvalue() == "Usage: openviper\n  viperctl\n  send-test-email\n  [OPTIONS] TO\n"


@pytest.mark.parametrize("width", [50, 78])
def test_where_there_is_room_it_is_clicks_own(width):
    """Nothing looks different there."""
    ours, theirs = NarrowFormatter(width=width), click.HelpFormatter(width=width)
    for formatter in (ours, theirs):
        formatter.write_usage("openviper viperctl", "[OPTIONS] COMMAND")
        formatter.write_dl(ROWS)
    assert ours.getvalue() == theirs.getvalue()


def test_a_context_uses_it():
    """At the width that its parent was given."""
    parent = CommandContext(click.Command("a"), terminal_width=20)
    formatter = CommandContext(click.Command("b"), parent=parent).make_formatter()
    assert (type(formatter), formatter.width) == (NarrowFormatter, 20)


@pytest.mark.parametrize(
    ("columns", "width"),
    [("20", 18), ("80", 78), ("200", 78), ("9" * 5_000, 78), ("5", 10), ("0", 78), ("-3", 78), ("wide", 78), ("", 78)],
)
def test_the_width_is_that_of_the_terminal(monkeypatch, columns, width):
    """At most click's own 78; what is no number does not count, and without a terminal there are 80 columns."""
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setattr("sys.__stdout__", None)
    assert terminal_width() == width


def test_an_empty_section_is_not_written():
    """Nor its heading."""
    formatter = NarrowFormatter(width=78)
    write_section(formatter, "Nothing", [])
    write_section(formatter, "Something", [("a", "b")])
    assert formatter.getvalue() == "Something:\n  a  b\n"


def test_what_a_terminal_would_obey_is_an_escape():
    """Help is written by whoever made the command."""
    formatter = NarrowFormatter(width=78)
    formatter.write_dl([("send", "In \x1b[31mred\x1b]0;title\x07.")])
    assert formatter.getvalue() == "send  In \\x1b[31mred\\x1b]0;title\\x07.\n"
