"""A user's settings file, as mypy and pyright see it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

SAMPLES = Path(__file__).parent / "typing_samples"
GOOD, BAD = SAMPLES / "good_settings.py", SAMPLES / "bad_settings.py"


def mypy_lines(path, tmp_path):
    """Check one file strictly, with no project's configuration; return the lines of its errors."""
    pytest.importorskip("mypy")
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", f"--cache-dir={tmp_path / 'mypy'}", path]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=110)
    assert done.returncode in (0, 1), done.stderr or done.stdout
    return {int(line) for line in re.findall(rf"{path.name}:(\d+): error:", done.stdout)}


def pyright_lines(path, tmp_path):
    """As above, with pyright."""
    pytest.importorskip("pyright")
    # A file given by name is checked without pyrightconfig.json; the comment says what that would.
    sample = tmp_path / path.name
    sample.write_text(f"# pyright: strict\n{path.read_text()}")
    command = [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable]
    done = subprocess.run([*command, sample], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=110)
    found = json.loads(done.stdout)["generalDiagnostics"]
    return {each["range"]["start"]["line"] for each in found if each["severity"] == "error"}


def marked_lines(path):
    return {number for number, line in enumerate(path.read_text().splitlines(), start=1) if "# wrong:" in line}


CHECKERS = pytest.mark.parametrize("lines_of", [mypy_lines, pyright_lines])


@CHECKERS
def test_good_settings_pass(lines_of, tmp_path):
    """A settings file that uses everything documented is clean under the strictest settings."""
    assert lines_of(GOOD, tmp_path) == set()


@CHECKERS
def test_each_mistake_is_reported_on_its_line(lines_of, tmp_path):
    """A wrong type, an unknown keyword, a missing one and an assignment are reported, and nothing else is."""
    assert lines_of(BAD, tmp_path) == marked_lines(BAD) != set()
