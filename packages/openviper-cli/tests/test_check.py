"""``viperctl check``."""

from __future__ import annotations

import json

import pytest

SETTINGS = """
from openviper.conf import BaseSettings

class Settings(BaseSettings):
    PORT: int = 1
    RATIO: float = 1.0
"""
# What a project needs for nothing to be said about it.
SOUND = {
    "OPENVIPER_SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOP",
    "OPENVIPER_ALLOWED_HOSTS": "example.org",
}
CHECKS = """
from openviper.core.checks import CheckMessage, Severity, check

@check
def check_stock():
    yield CheckMessage("shop.stock", Severity.{severity}, "the stock is empty", hint="order some")
"""


@pytest.fixture
def shop(files):
    """A project whose settings module registers a check that finds something."""

    def make(severity):
        return files({"shop/settings.py": SETTINGS + CHECKS.format(severity=severity)})

    return make


def test_a_project_without_problems_passes(openviper, project):
    """Silence on stdout, a word on stderr."""
    result = openviper("viperctl", "check", **SOUND)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "No problems found.\n")


def test_every_problem_of_the_settings_is_shown(openviper, files):
    """All in one run, each with its variable."""
    files({"shop/settings.py": SETTINGS})
    result = openviper("viperctl", "check", ".", OPENVIPER_PORT="abc", OPENVIPER_RATIO="half")
    assert result.returncode == 1
    assert "ERROR openviper.core.settings: OPENVIPER_PORT='abc'" in result.stdout
    assert "OPENVIPER_RATIO='half'" in result.stdout
    assert result.stderr == "2 ERROR\n"


@pytest.mark.parametrize(
    ("source", "part"),
    [
        ("def (", "SyntaxError"),
        ("raise RuntimeError('no')", "RuntimeError"),
        ("", "has no class Settings"),
    ],
)
def test_settings_that_cannot_be_loaded_are_a_problem_and_no_traceback(openviper, files, source, part):
    """They are named."""
    files({"shop/settings.py": f"from openviper.conf import BaseSettings\n{source}\n"})
    result = openviper("viperctl", "check")
    assert result.returncode == 1
    assert "shop.settings" in result.stdout
    assert part in result.stdout
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("severity", "args", "code"),
    [
        ("ERROR", [], 1),
        ("WARNING", [], 0),
        ("WARNING", ["--fail-level", "warning"], 1),
        ("INFO", ["--fail-level", "WARNING"], 0),
        ("INFO", ["--fail-level=INFO"], 1),
        ("WARNING", ["--fail-level", "nonsense"], 2),
    ],
)
def test_the_fail_level_decides_the_exit_code(openviper, shop, severity, args, code):
    """By default only errors fail."""
    shop(severity)
    assert openviper("viperctl", "check", *args, **SOUND).returncode == code


def test_a_message_is_shown_with_id_severity_and_hint(openviper, shop):
    """All that is needed to look it up."""
    shop("WARNING")
    result = openviper("viperctl", "check", **SOUND)
    assert result.stdout == "WARNING shop.stock: the stock is empty\n    order some\n"
    assert result.stderr == "1 WARNING\n"


@pytest.mark.parametrize(
    ("columns", "shown"),
    [
        ("80", "WARNING shop.stock: the stock is empty\n    order some\n1 WARNING\n"),
        ("26", "WARNING shop.stock: the\n  stock is empty\n    order some\n1 WARNING\n"),
        ("1", "WARNING shop.stock:\n  the stock is empty\n    order some\n1 WARNING\n"),
    ],
)
def test_on_a_terminal_no_word_of_a_message_is_cut(terminal, shop, tmp_path, columns, shown):
    """It goes on below itself."""
    shop("WARNING")
    with terminal("viperctl", "--no-color", "check", cwd=tmp_path, COLUMNS=columns, **SOUND) as checked:
        assert checked.wait() == 0
        assert checked.text.replace("\r", "") == shown


def test_json_has_every_part(openviper, shop):
    """A list, with the summary still on stderr; the exit code is the same."""
    shop("ERROR")
    result = openviper("viperctl", "check", "--json", **SOUND)
    assert result.returncode == 1
    assert json.loads(result.stdout) == [
        {"id": "shop.stock", "severity": "ERROR", "message": "the stock is empty", "hint": "order some"}
    ]
    assert result.stderr == "1 ERROR\n"
    assert openviper("viperctl", "check", "--json", OPENVIPER_DEBUG="x", **SOUND).returncode == 1


def test_json_of_nothing_is_an_empty_list(openviper, project):
    """Whoever reads it need not tell the two apart."""
    assert openviper("viperctl", "check", "--json", **SOUND).stdout == "[]\n"


EXITING = """
import sys
from openviper.core.checks import check

@check
def check_stock():
    print("looking")
    {}
"""


@pytest.mark.parametrize(
    ("source", "part"),
    [
        (
            EXITING.format("sys.exit(0)"),
            "ERROR openviper.checks.failed: check shop.settings:check_stock failed: it called sys.exit(0); ",
        ),
        (
            EXITING.format("raise BaseException"),
            "ERROR openviper.checks.failed: a check or an installed app raised BaseException (",
        ),
        (
            EXITING.format("return []") + "\nsys.exit(0)",
            "ERROR openviper.core.settings: the settings called sys.exit(0) (",
        ),
    ],
)
def test_what_would_end_the_process_is_an_error(openviper, files, source, part):
    """sys.exit(0) is no success; the place is told."""
    root = files({"shop/settings.py": SETTINGS + source})
    result = openviper("viperctl", "check", **SOUND)
    assert result.returncode == 1
    assert part in result.stdout
    assert f"{root / 'shop/settings.py'}:" in result.stdout
    assert result.stderr.endswith("1 ERROR\n")


def test_what_a_check_prints_is_no_part_of_the_result(openviper, files):
    """It goes to stderr."""
    files({"shop/settings.py": SETTINGS + EXITING.format("return []")})
    result = openviper("viperctl", "check", "--json", **SOUND)
    assert (result.stdout, result.stderr) == ("[]\n", "looking\nNo problems found.\n")


def test_a_message_cannot_steer_the_terminal(openviper, files):
    """Nor pass for another line."""
    check = CHECKS.format(severity="ERROR").replace("is empty", r"is\x1b[2J\nERROR")
    files({"shop/settings.py": SETTINGS + check})
    result = openviper("viperctl", "check", **SOUND)
    assert result.stdout.splitlines()[0] == r"ERROR shop.stock: the stock is\x1b[2J\nERROR"


@pytest.mark.parametrize(
    ("app", "part"),
    [
        ("1 / 0", "installed app 'stock' (INSTALLED_APPS[0]) failed while it was being imported: ZeroDivisionError"),
        ("def ready(app): ...", "ready of installed app 'stock' cannot be called without arguments"),
        ("def ready(): yield", "ready of installed app 'stock' has a yield"),
        ("requires = ('till',)", "installed app 'stock' requires 'till', which is not in INSTALLED_APPS"),
        ("import sys; sys.exit(0)", "installed app 'stock' (INSTALLED_APPS[0]) called sys.exit(0)"),
    ],
)
def test_an_app_that_start_up_would_refuse_is_an_error(openviper, files, app, part):
    """With file and line; nothing is started."""
    root = files({"shop/settings.py": SETTINGS + "    INSTALLED_APPS = ('stock',)\n", "stock/__init__.py": app})
    result = openviper("viperctl", "check", **SOUND)
    assert result.returncode == 1
    assert part in result.stdout
    assert f"{root / 'stock/__init__.py'}:1" in result.stdout
    assert result.stderr == "1 ERROR\n"


@pytest.mark.parametrize("args", [[], ["--json"]])
def test_without_a_project_only_what_is_installed_is_checked(openviper, tmp_path, args):
    """Which is told, and no failure."""
    result = openviper("viperctl", "check", *args, **SOUND)
    assert result.returncode == 0
    assert result.stdout == ("[]\n" if args else "")
    assert result.stderr == (f"Note: no project in {tmp_path} or above; defaults are in force\nNo problems found.\n")
