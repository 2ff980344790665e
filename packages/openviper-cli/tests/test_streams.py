"""The standard streams: closed, of few characters, full, or without a reader."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

#: Says what the streams are, after the command line has started.
TELLING = """
import os, sys
from openviper.cli._streams import prepare_streams
prepare_streams()
state = [sys.stdin.isatty(), sys.stdin.read(), os.get_inheritable(0), os.get_inheritable(1), os.open("/", os.O_RDONLY)]
sys.stdout.write("lost or not"); sys.stderr.write("likewise")
os.write(int(sys.argv[1]), repr(state).encode())
"""


TELL = '''"""Costs 5 €."""
import click

def handle(*, times: int = 1, flush: bool = False, with_click: bool = False, file: str = ""):
    for line in ["5 €\\n" * times]:
        click.echo(line, nl=False) if with_click else print(line, end="", flush=flush)
    if file:
        with open(file, "w", buffering=1) as other:
            other.write("5\\n")
'''


@pytest.fixture
def telling(files, project):
    """A project with the command ``tell``, which prints ``5 €``."""
    return files(
        {
            "mysite/management/commands/tell.py": TELL,
            "mysite/app.py": "from openviper.app import OpenViper\napp = OpenViper()\n"
            "@app.get('/')\nasync def start(): ...\n",
            "mysite/settings.py": "from openviper.conf import BaseSettings\n"
            "class Settings(BaseSettings): INSTALLED_APPS: tuple[str, ...] = ('mysite',)\n",
        }
    )


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


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize(
    "args",
    [
        ["--help"],
        ["version"],
        ["--version"],
        ["completion", "bash"],
        ["viperctl", "--help"],
        ["viperctl", "settings"],
        ["viperctl", "settings", "--json"],
        ["viperctl", "check", "--json"],
        ["viperctl", "routes"],
        ["viperctl", "routes", "--json"],
        ["viperctl", "tell", "--help"],
        ["viperctl", "tell"],
        ["viperctl", "tell", "--flush"],
        ["viperctl", "tell", "--times=9999", "--with-click"],
    ],
)
def test_a_full_disk_is_one_sentence(openviper, telling, args):
    """The same for everything that prints: not Python's own complaint at its end, nor its exit code."""
    if "routes" in args:
        pytest.importorskip("openviper.app")
    with Path("/dev/full").open("wb") as out:
        result = openviper(*args, stdout=out, PYTHONUNBUFFERED="")
    assert (result.returncode, result.stderr) == (1, "Error: the output cannot be written: No space left on device\n")


def test_a_file_on_a_full_disk_is_not_the_output(openviper, telling):
    """stdout takes all, and the line is that of any command's failure."""
    result = openviper("viperctl", "tell", "--file=/dev/full")
    sentence = "Error: No space left on device (--traceback shows where)\n"
    assert (result.returncode, result.stdout, result.stderr) == (1, "5 €\n", sentence)


def test_a_full_stderr_is_no_traceback():
    """There is nowhere to say it."""
    result = shell('"$PYTHON" -m openviper.cli no-such-command 2>/dev/full')
    assert (result.returncode, result.stdout, result.stderr) == (1, "", "")


@pytest.mark.parametrize(
    ("encoding", "euro"),
    [
        ({"PYTHONIOENCODING": "utf-8"}, "€".encode()),
        ({"PYTHONIOENCODING": "latin-1"}, rb"\u20ac"),
        ({"PYTHONIOENCODING": "ascii"}, rb"\u20ac"),
        ({"PYTHONIOENCODING": "ascii:replace"}, b"?"),
        ({"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LC_ALL": "C", "LANG": "C"}, rb"\u20ac"),
    ],
)
@pytest.mark.parametrize(
    "args",
    [
        ["viperctl", "--help"],
        ["viperctl", "tell", "--help"],
        ["viperctl", "tell"],
        ["viperctl", "tell", "--with-click"],
    ],
)
def test_what_the_output_has_no_character_for_is_an_escape(openviper, telling, encoding, euro, args):
    """In help and in what a command prints, by whatever it prints."""
    with (telling / "out").open("wb") as out:
        result = openviper(*args, stdout=out, **encoding)
    assert (result.returncode, result.stderr) == (0, "")
    assert b"5 " + euro in (telling / "out").read_bytes()


def test_a_folder_s_name_is_no_traceback_after_a_project_was_made(openviper, tmp_path):
    """It is there, and how it goes on is shown."""
    (tmp_path / "€").mkdir()
    result = openviper("create-project", "newone", "-d", "€", PYTHONIOENCODING="latin-1")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith(r"Created \u20ac/newone.")


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


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_command_that_closes_its_output_has_succeeded(openviper, tmp_path, stream):
    """What it wrote before is there."""
    (tmp_path / "closing.py").write_text(
        "import sys, click\nfrom openviper.cli._run_command import run_command\n"
        "group = click.Group('g')\n@group.command()\ndef act():\n"
        f"    print('done', file=sys.{stream})\n    sys.{stream}.close()\n"
        "raise SystemExit(run_command(group, ['act']))\n"
    )
    result = openviper(command=(str(tmp_path / "closing.py"),))
    assert (result.returncode, result.stdout + result.stderr) == (0, "done\n")
