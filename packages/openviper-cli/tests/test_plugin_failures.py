"""What is shown of the failure of somebody else's code."""

from __future__ import annotations

import sys

import pytest

from openviper.cli._plugin_failures import failure_line, is_of_import_string, own_traceback
from openviper.core.imports import import_string


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


def test_a_traceback_begins_where_the_code_does_that_failed(files, monkeypatch):
    """Its author needs none of the frames that led there; what it could do to a terminal is an escape."""
    monkeypatch.syspath_prepend(str(files({"cli_failing.py": "def f(): raise ValueError('\\x1b[2J')\nf()\n"})))
    monkeypatch.delitem(sys.modules, "cli_failing", raising=False)
    with pytest.raises(ValueError, match="2J") as caught:
        import_string("cli_failing:x")
    # The frame of this test is none of those that lead to an import, and in a command it is not there.
    caught.value.__traceback__ = caught.value.__traceback__.tb_next
    text = own_traceback(caught.value)
    assert text.count("File ") == 2
    assert "cli_failing.py" in text
    assert text.endswith("ValueError: \\x1b[2J\n")


@pytest.mark.parametrize(
    ("path", "source", "expected"),
    [
        ("no_such_module_here:x", "", True),
        ("cli_importing:absent", "", True),
        ("undotted", "", True),
        ("cli_importing:x", "import no_such_module_here", False),
        ("cli_importing:x", "raise ImportError('no licence')", False),
        ("cli_importing:x", "from sys import nothing_of_it", False),
    ],
)
def test_a_wrong_path_is_told_from_a_module_that_cannot_be_imported(files, monkeypatch, path, source, expected):
    """Both are ImportErrors; only the second one has a place that its author needs."""
    monkeypatch.syspath_prepend(str(files({"cli_importing.py": source})))
    monkeypatch.delitem(sys.modules, "cli_importing", raising=False)
    with pytest.raises(ImportError) as caught:
        import_string(path)
    assert is_of_import_string(caught.value) is expected
