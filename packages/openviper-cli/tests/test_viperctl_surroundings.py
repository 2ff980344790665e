"""``viperctl`` in a narrow terminal, without streams, in a folder that is gone, and among names that are escapes."""

from __future__ import annotations

import subprocess
import sys

import pytest
from small_programs import SETTINGS

IMPORT = "from openviper.core.commands import LazyCommand\n"


@pytest.mark.parametrize("columns", ["20", "1", "0", "x", "999999999"])
def test_a_narrow_terminal_cuts_no_name(openviper, site, columns):
    """Each stands on a line of its own; the text below is wrapped."""
    site({"mysite/management/commands/send_it.py": "'''Send it to everybody who has asked for it.'''"})
    result = openviper("viperctl", "--help", COLUMNS=columns)
    assert result.returncode == 0
    names = {line.split()[0] for line in result.stdout.splitlines() if line.startswith("  ") and line.strip()}
    assert {"send-it", "check", "start-server", "createsuperuser", "--settings"} <= names
    if columns == "20":
        lines = [line for line in result.stdout.splitlines() if line.startswith(" ")]
        assert max(map(len, lines)) <= 20


def test_raw_escapes_do_nothing(openviper, files, distribution):
    """In the help of a plugin, in a docstring, in the name of the folder."""
    distribution("kit", f"{IMPORT}COMMANDS = [LazyCommand('go', 'gone:go', 'Go \\x1b[2J\\u202e.')]", gone="")
    root = files({"site\x1b[31m\n/settings.py": SETTINGS.format(apps=())}) / "site\x1b[31m\n"
    command = root / "management" / "commands" / "act.py"
    command.parent.mkdir(parents=True)
    command.write_text("'''Act \\x1b[2J.'''\nx = 1")
    folder = str(root.parent / "installed")
    for args in (["--help"], ["-v", "check"], ["act"], ["-v", "nope"]):
        result = openviper("viperctl", *args, cwd=root, PYTHONPATH=folder)
        assert "\x1b" not in result.stdout + result.stderr
        assert "Traceback" not in result.stderr
    assert r"Commands of site\x1b[31m\n:" in openviper("viperctl", "--help", cwd=root, PYTHONPATH=folder).stdout


@pytest.mark.parametrize("closing", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize(("args", "code"), [("viperctl --help", 0), ("viperctl nope", 2), ("viperctl check", 0)])
def test_closed_streams_are_no_error(site, closing, args, code):
    """A job without a terminal, and without anything in its place."""
    folder = site({})
    command = f"exec {sys.executable} -m openviper.cli {args} {closing}"
    result = subprocess.run(["sh", "-c", command], cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == code
    assert "Traceback" not in result.stderr


def test_a_folder_that_is_gone_is_no_traceback(openviper, tmp_path):
    """Help is shown with a warning; a command says so."""
    source = f"import os, sys\nos.chdir({str(tmp_path)!r})\nos.mkdir('gone'); os.chdir('gone'); os.rmdir('../gone')\n"
    command = ("-c", f"{source}from openviper.cli import main; sys.exit(main(sys.argv[1:]))")
    sentence = "does not exist any more; change to one that does\n"
    shown = openviper("viperctl", "--help", command=command, cwd="/")
    assert "start-server" in shown.stdout
    assert shown.stderr.startswith("Warning: no project is used: ")
    assert shown.stderr.endswith(sentence)
    run = openviper("viperctl", "check", command=command, cwd="/")
    assert run.returncode == 1
    assert run.stderr.startswith("Error: ")
    assert run.stderr.endswith(sentence)
