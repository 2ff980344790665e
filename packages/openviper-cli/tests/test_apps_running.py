"""The commands that run something while the installed apps are ready."""

from __future__ import annotations

import signal

import pytest

SETTINGS = """
from openviper.conf import BaseSettings
class Settings(BaseSettings):
    INSTALLED_APPS = ("shop", "tools")
"""
WORK = """
import asyncio, sys
LIFESPAN = True
async def handle(*, how: str = "well"):
    print("HERE", flush=True)
    if how == "failing":
        raise RuntimeError("no luck")
    if how == "exiting":
        sys.exit(4)
"""
PRINTING = "def ready(): print('READY')\nasync def shutdown(): print('SHUT DOWN')"
SLOW = "import asyncio\nasync def ready():\n    print('STARTING', flush=True)\n    await asyncio.sleep(60)\n"
MUTE = "class Mute(Exception):\n    def __str__(self): raise ZeroDivisionError\n"

COMMANDS = {"console": ("console", "-c", "print('HERE')"), "apps": ("apps", "--ready"), "own": ("work",)}


@pytest.fixture
def shop(project, files):
    """Give the project an app whose module is ``source``, and another one that has a command."""

    def write(source):
        contents = {"shop/__init__.py": source, "tools/__init__.py": "", "tools/management/commands/work.py": WORK}
        return files({"mysite/settings.py": SETTINGS, **contents})

    return write


@pytest.fixture(params=sorted(COMMANDS))
def command(request):
    """One of the commands, as it is typed after ``viperctl``."""
    return COMMANDS[request.param]


@pytest.mark.parametrize(
    ("source", "part"),
    [
        (
            "def ready():\n    raise OSError('no disk')",
            "ready() for installed app 'shop' raised an error: no disk (in ready() of installed app 'shop', "
            "INSTALLED_APPS[0], {}:2)",
        ),
        ("1 / 0", "installed app 'shop' (INSTALLED_APPS[0]) failed while it was being imported: ZeroDivisionError: "),
        ("raise SystemExit(0)", "an installed app called sys.exit(0) ({}:1); expected"),
        ("import sys\nasync def ready(): sys.exit(0)", "an installed app called sys.exit(0) ({}:2); expected"),
        ("def ready(): exit()", "an installed app called sys.exit() ({}:1); expected"),
        ("async def ready(): raise GeneratorExit", "an installed app raised GeneratorExit ({}:1); expected"),
    ],
)
def test_an_app_that_cannot_start_is_one_line(openviper, shop, command, source, part):
    """And exit code 1; what needs the app does not run."""
    folder = shop(source)
    result = openviper("viperctl", *command)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith(f"Error: {part.format(folder / 'shop/__init__.py')}")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("source", "part"),
    [
        ("def shutdown(): raise OSError('full')", "the installed apps could not be shut down: OSError: full"),
        (f"{MUTE}def shutdown(): raise Mute", "the installed apps could not be shut down: Mute: its text cannot be"),
        ("async def shutdown(): raise SystemExit(0)", "an installed app called sys.exit(0) ({}:1); expected"),
        ("import sys\ndef shutdown(): sys.exit(3)", "an installed app called sys.exit(3) ({}:2); expected"),
    ],
)
def test_an_app_that_cannot_be_shut_down_is_one_line(openviper, shop, command, source, part):
    """After what ran well; exit code 1 all the same."""
    folder = shop(source)
    result = openviper("viperctl", *command)
    assert (result.returncode, result.stdout) == (1, "" if "apps" in command else "HERE\n")
    assert result.stderr.startswith(f"Error: {part.format(folder / 'shop/__init__.py')}")
    assert result.stderr.count("\n") == 1


def test_the_traceback_is_for_who_asks(openviper, shop, command):
    """It leads to the hook."""
    shop("def shutdown(): raise OSError('full')")
    result = openviper("viperctl", *command, "--traceback")
    assert result.returncode == 1
    assert "Traceback" in result.stderr
    assert "shop/__init__.py" in result.stderr


def test_what_hooks_print_is_no_output_of_the_command(openviper, shop, command):
    """It goes to stderr."""
    shop(PRINTING)
    result = openviper("viperctl", *command)
    assert (result.returncode, result.stderr) == (0, "READY\nSHUT DOWN\n")
    assert "READY\n" not in result.stdout
    assert "SHUT" not in result.stdout


@pytest.mark.parametrize(("how", "code", "part"), [("failing", 1, "RuntimeError: no luck"), ("exiting", 4, "")])
def test_what_the_command_raises_counts_for_more(openviper, shop, how, code, part):
    """Than an exit while the apps are shut down after it, which is a warning."""
    shop("def shutdown(): raise SystemExit(0)")
    result = openviper("viperctl", "work", "--how", how)
    assert result.returncode == code
    assert result.stderr.startswith("Warning: an installed app called sys.exit(0) (")
    assert part in result.stderr


def test_an_interrupt_while_they_start_is_no_error_of_an_app(served, shop, command):
    """Exit code 130, and no word."""
    shop(SLOW)
    with served("viperctl", *command) as running:
        running.wait_for("STARTING")
        assert running.end(signal.SIGINT) == 130
        assert running.output.split() == ["STARTING"]
