"""``viperctl check`` of commands: what ``--help`` lists as broken, once each."""

from __future__ import annotations

import json

import pytest

COMMANDS = "mysite/management/commands"
IMPORT = "from openviper.core.commands import LazyCommand\n"
ID = "openviper.cli.commands"


@pytest.fixture
def check(openviper):
    """Run ``viperctl check --json``; return severity and message of what was found of commands."""

    def run(code=0, **extra):
        result = openviper("viperctl", "check", "--json", **extra)
        assert result.returncode == code, result.stdout
        assert "Warning" not in result.stderr
        return [(each["severity"], each["message"]) for each in json.loads(result.stdout) if each["id"] == ID]

    return run


def test_the_projects_own_are_errors(check, site):
    """With the file; one that says nothing of itself is none, and none is imported."""
    contents = {"bad.py": "x = 1\ny = (\n", "two words.py": "", "plain.py": "1 / 0"}
    root = site({f"{COMMANDS}/{name}": text for name, text in contents.items()}, apps=("mysite",)) / COMMANDS
    broken = f"'bad' of the app mysite cannot run: {root}/bad.py: SyntaxError in line 2: '(' was never closed"
    nameless = f"{root}/two words.py cannot be used: 'two words.py' is no name for a module; letters, digits and _ only"
    assert check(1) == [("ERROR", broken), ("ERROR", nameless)]


def test_what_is_installed_is_a_warning(check, site, files, distribution):
    """A manifest, a command whose module is not there, the files of an app of another distribution."""
    distribution("broken-kit", "import sys\nsys.exit('no licence')")
    folder = distribution("gone-kit", f"{IMPORT}COMMANDS = [LazyCommand('go', 'gone.commands:go', 'Go.')]")
    files({"elsewhere/management/commands/bad.py": "y = (", "elsewhere/management/commands/a b.py": ""})
    installed = site({}, apps=("elsewhere",)) / "elsewhere"
    # As a virtual environment in the project's folder.
    packages = installed.parent / "env/site-packages"
    packages.mkdir(parents=True)
    installed.rename(packages / "elsewhere")
    found = check(PYTHONPATH=f"{folder}:{packages}")
    assert {severity for severity, _ in found} == {"WARNING"}
    path = packages / "elsewhere/management/commands"
    assert [message for _, message in found] == [
        "the commands of broken-kit are left out: broken_kit_manifest:COMMANDS cannot be read: SystemExit: no licence",
        "'go' of gone-kit cannot run: there is no module 'gone.commands'",
        f"'bad' of the app elsewhere cannot run: {path}/bad.py: SyntaxError in line 1: '(' was never closed",
        f"{path}/a b.py cannot be used: 'a b.py' is no name for a module; letters, digits and _ only",
    ]


def test_a_command_of_the_project_stands_in_for_one_that_is_broken(check, site, distribution):
    """Nobody misses that."""
    folder = distribution("gone-kit", f"{IMPORT}COMMANDS = [LazyCommand('go', 'gone.commands:go', 'Go.')]")
    site({f"{COMMANDS}/go.py": "def handle(): ..."}, apps=("mysite",))
    assert check(PYTHONPATH=folder) == []


@pytest.mark.parametrize("contents", [{}, {"mysite/settings.py": "1 / 0"}])
def test_manifests_are_told_without_settings_too(openviper, files, distribution, contents):
    """Without a project, and where the settings cannot be read."""
    folder = distribution("broken-kit", "1 / 0")
    files(contents and {"pyproject.toml": '[tool.openviper]\nsettings = "mysite.settings"\n', **contents})
    result = openviper("viperctl", "check", PYTHONPATH=folder)
    assert result.stdout.count("broken-kit") == 1
    assert f"WARNING {ID}: the commands of broken-kit are left out: " in result.stdout
    assert "broken-kit" not in result.stderr
