"""What is shown as one line, and what keeps its traceback; by real processes."""

from __future__ import annotations

import re
import sys

import pytest

from openviper.cli._failures import failure_of
from openviper.conf import override_settings

SETTINGS = "from openviper.conf import BaseSettings\nclass Settings(BaseSettings): pass\n"


@pytest.mark.parametrize(
    ("how", "line"),
    [
        ("full", "Error: No space left on device: '/srv/shop.db' (--traceback shows where)"),
        ("renamed", "Error: No such file or directory: 'from' -> 'to' (--traceback shows where)"),
        ("refused", "Error: the database does not listen (--traceback shows where)"),
        ("pipe", "Error: Broken pipe (--traceback shows where)"),
        ("escape", "Error: no\\x1b[31m colour (--traceback shows where)"),
    ],
)
def test_what_the_system_refuses_is_one_line(openviper, acting, how, line):
    """A pipe that is not our output's is told too; the traceback is there for who asks, before the name or after it."""
    result = openviper("viperctl", "act", "--how", how, PYTHONPATH=acting)
    assert (result.returncode, result.stderr) == (1, f"{line}\n")
    for args in (
        ["--traceback", "viperctl", "act", "--how", how],
        ["viperctl", "--traceback", "act", "--how", how],
        ["viperctl", "act", "--how", how, "--traceback"],
    ):
        asked = openviper(*args, PYTHONPATH=acting)
        assert asked.returncode == 1
        assert asked.stderr.startswith("Traceback")
        assert "acting.py" in asked.stderr


@pytest.mark.parametrize(
    ("args", "part"), [(["act", "--how=bug"], "KeyError: 'bug'"), (["lost"], "FileNotFoundError: ")]
)
def test_a_bug_keeps_its_traceback(openviper, acting, args, part):
    """What nobody expected, and whatever a command's module does while it is imported."""
    result = openviper("viperctl", *args, PYTHONPATH=acting)
    assert result.returncode == 1
    assert result.stderr.startswith("Traceback")
    assert part in result.stderr.splitlines()[-1]


@pytest.mark.parametrize("code", ["0", "3", "", "'no licence'"])
@pytest.mark.parametrize("traceback", [[], ["--traceback"]])
def test_a_settings_module_that_exits_is_a_failure(openviper, project, code, traceback):
    """sys.exit(0) in it must not let what reads it succeed; the line is named."""
    (project / "mysite/settings.py").write_text(f"import sys\nsys.exit({code})\n{SETTINGS}")
    result = openviper("viperctl", *traceback, "start-server", "--port=0")
    assert result.returncode == 1
    sentence = f"mysite.settings called sys.exit({code}) ({project}/mysite/settings.py:2); expected an exception"
    assert sentence in result.stderr.splitlines()[-1]
    assert ("Traceback" in result.stderr) is bool(traceback)


ENDS = [
    ("SystemExit(0)", r"called sys\.exit\(0\)"),
    ("click.exceptions.Exit(0)", "raised click's Exit: 0"),
    ("click.Abort", "raised click's Abort"),
    ("click.UsageError('no')", "raised click's UsageError: no"),
    ("click.get_current_context().exit()", "raised click's Exit: 0"),
]


@pytest.mark.parametrize(("raised", "did"), ENDS)
def test_settings_that_end_the_command_while_they_are_made_are_a_failure(openviper, project, acting, raised, did):
    """After their module was imported: in ``__post_init__``."""
    made = f"    def __post_init__(self): raise {raised}\n"
    (project / "mysite/settings.py").write_text(f"import click\n{SETTINGS.replace(' pass', '')}{made}")
    for args in (["start-server", "--port=0"], ["act", "--how=settings"]):
        result = openviper("viperctl", *args, PYTHONPATH=acting)
        assert result.returncode == 1
        place = re.escape(f"{project}/mysite/settings.py:4")
        assert re.search(rf"Error: the settings {did} \({place}\); expected an", result.stderr.splitlines()[-1])


def test_a_command_that_overrides_settings_ends_by_itself():
    """What decorates it belongs to the settings, what it does is its own."""

    @override_settings(DEBUG=True)
    def act():
        sys.exit(0)

    with pytest.raises(SystemExit) as caught:
        act()
    assert failure_of(caught.value) is None


@pytest.mark.parametrize(("raised", "did"), ENDS)
def test_any_module_that_ends_the_command_while_it_is_imported_is_a_failure(openviper, project, acting, raised, did):
    """An import inside of a command too."""
    (project / "installed/acting_more.py").write_text(f"import click\nraise {raised}\n")
    result = openviper("viperctl", "act", "--how=import", PYTHONPATH=acting)
    assert result.returncode == 1
    assert re.search(rf"Error: acting_more {did} \(.*acting_more.py:2\); expected an", result.stderr)
