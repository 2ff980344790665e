"""The commands of a project, as a shell sees them: found and run."""

from __future__ import annotations

import re
import signal

import pytest
from small_programs import SETTINGS

from openviper.cli._own_commands import OwnCommands, own_commands

GREET = '''"""Greet somebody."""
async def handle(name: str, *, loud: bool = False) -> None:
    print("hello", name, loud)
'''
COMMANDS = "management/commands"


LAYOUTS = {
    "module": ({"mysite/settings.py": SETTINGS.format(apps=("mysite",))}, f"mysite/{COMMANDS}"),
    "src": ({"src/mysite/settings.py": SETTINGS.format(apps=("mysite.shop",))}, f"src/mysite/shop/{COMMANDS}"),
    "root": ({"settings.py": SETTINGS.format(apps=())}, COMMANDS),
    "root with an app": ({"settings.py": SETTINGS.format(apps=("shop",))}, f"shop/{COMMANDS}"),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_command_of_an_app_runs_in_every_layout(openviper, files, layout):
    """With hyphens or underscores; in the root layout the folder itself is an app."""
    settings, commands = LAYOUTS[layout]
    files(settings | {f"{commands}/say_hello.py": GREET})
    for typed in ("say-hello", "say_hello"):
        result = openviper("viperctl", typed, "you", "--loud")
        assert (result.returncode, result.stdout, result.stderr) == (0, "hello you True\n", "")


def test_a_dot_is_an_argument_of_the_command(openviper, site):
    """It takes no target: what its parameters are is its own."""
    site({f"mysite/shop/{COMMANDS}/greet.py": GREET})
    assert openviper("viperctl", "greet", ".").stdout == "hello . False\n"


def test_its_help_is_there_and_its_usage_names_it(openviper, site):
    """As of every command."""
    site({f"mysite/shop/{COMMANDS}/say_hello.py": GREET})
    result = openviper("viperctl", "say_hello", "--help")
    assert result.stdout.startswith(
        "Usage: python -m openviper.cli viperctl say-hello [OPTIONS] NAME\n\n  Greet somebody.\n"
    )
    wrong = openviper("viperctl", "say-hello", "you", "--lout")
    assert wrong.returncode == 2
    assert "Did you mean one of: '--loud', '--no-loud'?" in wrong.stderr


def test_an_unknown_command_is_compared_with_the_projects_too(openviper, site):
    """Did you mean."""
    site({f"mysite/shop/{COMMANDS}/say_hello.py": GREET})
    result = openviper("viperctl", "say-helo")
    assert result.returncode == 2
    assert "No such command 'say-helo'. Did you mean 'say-hello'?" in result.stderr


@pytest.mark.parametrize(
    ("source", "code", "error"),
    [
        ("def handle(): return 4", 4, ""),
        ("import sys\ndef handle(): sys.exit(5)", 5, ""),
        ("async def handle(): raise KeyboardInterrupt", 130, "\n"),
        ("def handle(): return 'x'", 1, r"Error: handle\(\) of .*greet.py returned a str; expected None, or an .*\n"),
        (
            "def handle(x: dict): ...",
            1,
            r"Error: the parameter 'x: dict' of handle\(\) in .*greet.py cannot become .*\n",
        ),
        ("x = 1", 1, r"Error: .*greet.py holds no command; expected one click.Command, or one function .*\n"),
    ],
)
def test_the_exit_code_says_what_became_of_it(openviper, site, source, code, error):
    """Its own, or 1 with a line."""
    site({f"mysite/shop/{COMMANDS}/greet.py": source})
    result = openviper("viperctl", "greet")
    assert result.returncode == code
    assert re.fullmatch(error, result.stderr)


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("x = (", "SyntaxError: '(' was never closed"),
        ("import sys; sys.exit(0)", "SystemExit: 0"),
        ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("raise RuntimeError('\\x1b[2Jgone')", r"RuntimeError: \x1b[2Jgone"),
    ],
)
def test_a_broken_file_shows_its_own_traceback_and_a_line(openviper, site, source, line):
    """When it is run; ending the program while it is imported is no success."""
    site({f"mysite/shop/{COMMANDS}/greet.py": source})
    result = openviper("viperctl", "greet")
    assert result.returncode == 1
    last = result.stderr.splitlines()[-1]
    assert last.startswith(f"Error: 'greet' of the app mysite.shop cannot run: {line} (")
    assert "click/core.py" not in result.stderr
    assert result.stderr.count("greet.py") >= 2 or "SystemExit" in line
    assert "\x1b" not in result.stderr


def test_without_a_project_there_are_none():
    """And nothing is read."""
    assert own_commands(None) == OwnCommands()


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ("x = (", "SyntaxError: '(' was never closed"),
        ("raise RuntimeError('no')", "RuntimeError: no"),
        ("import sys; sys.exit(0)", "the settings called sys.exit(0) ("),
        ("raise GeneratorExit", "the settings raised GeneratorExit ("),
        ("", "has no class Settings"),
        (SETTINGS.format(apps="7"), "INSTALLED_APPS"),
    ],
)
def test_settings_that_cannot_be_read_are_why_a_command_is_not_found(openviper, site, settings, reason):
    """It is the project's, by its file's name: no wrong usage; ``--traceback`` shows where they fail."""
    site({f"mysite/shop/{COMMANDS}/greet.py": GREET, "mysite/settings.py": settings})
    result = openviper("viperctl", "greet", "you")
    assert (result.returncode, result.stderr.count("\n")) == (1, 1)
    assert result.stderr.startswith("Error: 'greet' cannot be found, for the commands of mysite are not known: ")
    assert reason in result.stderr
    assert openviper("viperctl", "--traceback", "greet", "you").stderr.startswith("Traceback")


def test_a_slip_is_one_whatever_settings_cannot_be_read(openviper, site):
    """No folder of the project holds a command of that name."""
    site({f"mysite/shop/{COMMANDS}/greet.py": GREET, "mysite/settings.py": "1 / 0"})
    result = openviper("viperctl", "chekc")
    assert result.returncode == 2
    assert result.stderr.startswith("Warning: the commands of mysite are not known: ")
    assert result.stderr.endswith("Error: No such command 'chekc'. Did you mean 'check'?\n")


def test_a_slip_is_not_ruled_out_in_a_tree_too_large_to_be_searched(openviper, site, tmp_path):
    """The nearest name is there, too."""
    site({"mysite/settings.py": "1 / 0"})
    for number in range(1_001):
        (tmp_path / f"mysite/part_{number}").mkdir()
    result = openviper("viperctl", "chekc")
    assert result.returncode == 1
    assert result.stderr.endswith("; did you mean 'check'?\n")


def test_settings_that_end_the_program_are_no_success(openviper, site):
    """``sys.exit(0)`` in them, where a command reads them."""
    site({"mysite/settings.py": "import sys; sys.exit(0)"})
    result = openviper("viperctl", "check")
    assert result.returncode == 1
    assert re.search(r"called sys\.exit\(0\) \(.*mysite/settings.py:1\)", result.stdout + result.stderr)
    assert "Traceback" not in result.stderr


APP = """
from pathlib import Path
def ready(): print("ready", flush=True)
async def shutdown(): print("shut down", flush=True)
"""
WAIT = """
import asyncio
LIFESPAN = True
async def handle():
    print("http://runs", flush=True)
    await asyncio.sleep(60)
"""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_shuts_the_apps_down(served, site, number, code):
    """Ctrl-C, or that of cron and of a container's end; no traceback."""
    site({"mysite/shop/__init__.py": APP, f"mysite/shop/{COMMANDS}/wait.py": WAIT})
    with served("viperctl", "wait") as command:
        command.wait_for("runs")
        assert command.end(number) == code
        assert command.output.split() == ["ready", "http://runs", "shut", "down"]


def test_what_settings_print_is_not_output_of_the_command(openviper, site):
    """It goes to stderr while the commands are looked for."""
    site({f"mysite/shop/{COMMANDS}/greet.py": GREET})
    settings = "print('loading')\n" + SETTINGS.format(apps=("mysite.shop",))
    site({"mysite/settings.py": settings})
    result = openviper("viperctl", "greet", "you")
    assert (result.stdout, result.stderr) == ("hello you False\n", "loading\n")
