"""The standard streams: closed, full, or without a reader."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

#: Says what the streams are, after the command line has started.
TELLING = """
import os, sys
from openviper.cli._streams import replace_closed_streams
replace_closed_streams()
state = [sys.stdin.isatty(), sys.stdin.read(), os.get_inheritable(0), os.get_inheritable(1), os.open("/", os.O_RDONLY)]
sys.stdout.write("lost or not"); sys.stderr.write("likewise")
os.write(int(sys.argv[1]), repr(state).encode())
"""


def shell(line, *args):
    """Run ``line`` in bash with ``$PYTHON``, and return what became of it."""
    command = ["bash", "-c", line, "bash", *args]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OPENVIPER", "NO_", "FORCE_"))}
    variables = kept | {"PYTHON": sys.executable}
    return subprocess.run(command, env=variables, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("closed", ["0<&-", "1>&-", "2>&-", "0<&- 1>&- 2>&-"])
def test_a_closed_stream_is_an_empty_file(closed, tmp_path):
    """Nothing else gets its number, not in a child process either; writing to it is no error."""
    out = tmp_path / "out"
    result = shell(f'exec 9>"$2" </dev/null; "$PYTHON" -c "$1" 9 {closed}', TELLING, str(out))
    assert result.returncode == 0, result.stderr
    told = out.read_text()
    assert told.startswith("[False, '', True, True, ")
    assert int(told.rstrip("]").rpartition(" ")[2]) > 2


@pytest.mark.parametrize("line", ['"$PYTHON" -m openviper.cli --help', '"$PYTHON" -m openviper.cli viperctl --help'])
def test_a_reader_that_goes_away_is_no_error(line):
    """``| head -1`` is how a long output is looked at; Python says nothing at its end either."""
    result = shell(f"({line}; echo code $? >&2) | true")
    assert result.stderr in ("code 1\n", "code 0\n")


@pytest.mark.parametrize("args", ["--help", "version", "--version"])
def test_a_full_disk_is_one_line(args):
    """What was asked for is not there, so it is a failure."""
    result = shell(f'"$PYTHON" -m openviper.cli {args} >/dev/full')
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert "No space left on device" in result.stderr


def test_errors_that_nobody_reads_do_not_change_the_exit_code():
    """``2>&-`` and a terminal that was closed."""
    assert shell('"$PYTHON" -m openviper.cli no-such-command 2>&-').returncode == 2


def test_a_prompt_without_an_input_is_a_failure_in_one_line(tmp_path):
    """stdin is closed: no answer can come."""
    (tmp_path / "asking.py").write_text(
        "import click\nfrom openviper.cli._run_command import run_command\n"
        "group = click.Group('g')\n@group.command()\ndef ask(): click.prompt('Name')\n"
        "raise SystemExit(run_command(group, ['ask']))\n"
    )
    result = shell(f'"$PYTHON" {tmp_path / "asking.py"} <&-')
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1] == "Error: the input ended before an answer was given"
    assert "Traceback" not in result.stderr
