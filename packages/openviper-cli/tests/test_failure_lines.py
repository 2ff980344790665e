"""A failure of somebody else's code in one line."""

from __future__ import annotations

import pytest

from openviper.cli._failure_lines import failure_line


class Mute(Exception):
    def __str__(self):
        raise ZeroDivisionError


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ValueError("no licence"), "ValueError: no licence"),
        (ValueError("\n first \nsecond"), "ValueError: first"),
        (ValueError(), "ValueError"),
        (SystemExit(3), "SystemExit: 3"),
        (ValueError("\x1b[2Jgone"), r"ValueError: \x1b[2Jgone"),
        (Mute(), "Mute: its text cannot be shown: __str__ raised ZeroDivisionError"),
    ],
)
def test_a_failure_is_one_line(error, line):
    """Whatever it says, and even where it cannot say it."""
    assert failure_line(error) == line
