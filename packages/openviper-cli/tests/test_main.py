"""The top level, as a shell sees it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from openviper.cli._lazy import load_command
from openviper.cli._main import COMMANDS

LOADED = "import sys\nfrom openviper.cli import main\nmain({args})\nprint([m for m in {modules} if m in sys.modules])"


def test_help_shows_every_command_of_the_table(openviper):
    """One line each."""
    result = openviper("--help")
    assert (result.returncode, result.stderr) == (0, "")
    for command in COMMANDS:
        assert f"  {command.name}" in result.stdout
        assert command.short_help in result.stdout


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_the_table_says_what_the_commands_say(command):
    """The short help, kept apart so that it can be shown without an import, is the command's own."""
    assert load_command(command).get_short_help_str(200) == command.short_help


def test_help_imports_nothing_that_it_does_not_need(openviper):
    """The top level reads a table; metadata, servers and templates are for the commands."""
    heavy = ["importlib.metadata", "uvicorn", "asyncio", "jinja2", "watchfiles", "multiprocessing", "openviper.conf"]
    result = openviper(command=("-c", LOADED.format(args=["--help"], modules=heavy)))
    assert result.stdout.splitlines()[-1] == "[]"


def test_it_runs_as_a_script_too(openviper):
    """The console script and ``python -m openviper.cli`` are one program."""
    script = Path(sys.executable).with_name("openviper")
    assert openviper("--version", command=(str(script),)).stdout == openviper("--version").stdout


def test_a_management_command_is_pointed_to_viperctl(openviper):
    """``openviper migrate`` is a likely slip."""
    result = openviper("check")
    assert result.returncode == 2
    assert "openviper viperctl check" in result.stderr


def test_an_unknown_command_gets_the_nearest(openviper):
    """And no traceback."""
    result = openviper("versoin")
    assert result.returncode == 2
    assert "Did you mean 'version'?" in result.stderr
    assert "Traceback" not in result.stderr


SAYS_WHETHER = "import gc\ndef handle():\n    print(gc.isenabled())\n"


@pytest.mark.parametrize("command", [("console", "-c", "import gc; print(gc.isenabled())"), ("whether",)])
def test_a_command_runs_with_the_garbage_collected(openviper, site, command):
    """Only the start, which makes none, does not look for it."""
    site({"mysite/management/commands/whether.py": SAYS_WHETHER}, apps=("mysite",))
    result = openviper("viperctl", *command)
    assert (result.stdout, result.stderr) == ("True\n", "")


@pytest.mark.parametrize("is_collecting", [True, False])
@pytest.mark.parametrize("args", [["--help"], ["version"], ["no-such"]])
def test_a_callers_garbage_collection_stays_as_it_was(openviper, args, is_collecting):
    """Whatever has become of the command."""
    before = "" if is_collecting else "gc.disable()"
    source = f"import gc\n{before}\nfrom openviper.cli import main\nmain({args})\nprint(gc.isenabled())"
    assert openviper(command=("-c", source)).stdout.splitlines()[-1] == str(is_collecting)
