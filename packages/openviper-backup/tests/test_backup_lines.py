"""Numbers and texts as a terminal shows them."""

from __future__ import annotations

import pytest

from openviper.backup._terminal.lines import counted, duration, is_terminal, megabytes
from openviper.backup._terminal.progress import fitting, line_of
from openviper.backup.job import Progress


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 bytes"),
        (1023, "1023 bytes"),
        (1024, "1.0 KiB"),
        (3 << 20, "3.0 MiB"),
        ((1 << 30) - 1, "1024.0 MiB"),
        (1 << 40, "1024.00 GiB"),
    ],
)
def test_megabytes(size, text):
    """A size is shown in the unit that fits."""
    assert megabytes(size) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0.00 s"), (0.044, "0.04 s"), (1, "1.0 s"), (12.4, "12 s"), (59.6, "1:00"), (125, "2:05"), (3725, "1:02:05")],
)
def test_duration(seconds, text):
    """A duration is shown as by a clock, from a minute on."""
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("tables", "text"),
    [
        ({}, "0 tables with 0 rows"),
        ({"a": 1}, "1 table with 1 row"),
        ({"a": 41_249, "b": 1}, "2 tables with 41,250 rows"),
    ],
)
def test_counted(tables, text):
    """One is singular, and thousands are set apart."""
    assert counted(tables) == text


def test_no_terminal(tmp_path):
    """A stream that is missing, closed or a file is no terminal."""
    with (tmp_path / "log").open("w") as file:
        assert not is_terminal(file)
    assert not is_terminal(file)
    assert not is_terminal(None)


@pytest.mark.parametrize(
    ("progress", "seconds", "shown"),
    [
        (Progress("swap"), 5, "swap"),
        (Progress("dump", 0, 1 << 20), 0, "dump    0%  0 bytes of 1.0 MiB"),
        (Progress("dump", 5 << 20), 0.5, "dump  5.0 MiB"),
        (Progress("dump", 5 << 20), 2, "dump  5.0 MiB  2.5 MiB/s"),
        (Progress("prove", 1 << 20, 4 << 20), 2, "prove   25%  1.0 MiB of 4.0 MiB  512.0 KiB/s  0:06 left"),
        (Progress("load", 5 << 20, 4 << 20), 2, "load  100%  4.0 MiB of 4.0 MiB  2.5 MiB/s  0:00 left"),
        (Progress("dump", 1 << 20, 200 << 20), 1, "dump    0%  1.0 MiB of 200.0 MiB  1.0 MiB/s  3:19 left"),
        (Progress("confirm"), 2, ""),
    ],
)
def test_progress(progress, seconds, shown):
    """The line has the step, how far it is, the rate and what remains, each where it is known."""
    assert line_of(progress, seconds) == shown


@pytest.mark.parametrize(
    ("width", "shown"),
    [(99, "load   13%  19.0 MiB of 139.0 MiB  15.5 MiB/s"), (40, "load   13%  19.0 MiB of 139.0 MiB"), (3, "loa")],
)
def test_a_narrow_terminal(width, shown):
    """Where there is no room for all of it, the last parts are left out, each as a whole."""
    assert fitting("load   13%  19.0 MiB of 139.0 MiB  15.5 MiB/s", width) == shown
