"""``openviper viperctl`` with distributions that offer commands."""

from __future__ import annotations

import pytest

from openviper.core.distributions import COMMANDS, RELEASED

MANIFEST = """
from openviper.core.commands import LazyCommand
COMMANDS = (
    LazyCommand("hop", "hopping:hop", "Hop over something.", target="module", expects_project=True),
    LazyCommand("skip", "hopping:skip", "Skip."),
)
"""
COMMAND = """
import click
from openviper.conf import settings

@click.command()
@click.option("--over", default="a log")
@click.argument("apps", nargs=-1)
def hop(over, apps):
    click.echo(f"over {over}, apps {apps}, settings {settings.source}")

@click.command()
def skip():
    import os, sys
    click.echo(f"{os.environ.get('OPENVIPER_SETTINGS_MODULE')} in {os.getcwd()}")
"""
SETTINGS = "from openviper.conf import BaseSettings\nclass Settings(BaseSettings): pass\n"


@pytest.fixture
def hopping(distribution):
    """A distribution ``hopping-kit`` with the commands hop and skip."""
    return distribution("hopping-kit", MANIFEST, hopping=COMMAND)


def test_help_lists_what_every_distribution_offers(openviper, hopping):
    """Nothing of theirs is imported: the manifests are data."""
    source = (
        "import sys\nfrom openviper.cli import main\nmain(['viperctl', '--help'])\n"
        "print([m for m in sys.modules if f'{m}.'.startswith(('hopping.', 'uvicorn', 'openviper.cli.commands'))])"
    )
    result = openviper(command=("-c", source), PYTHONPATH=hopping)
    assert "Hop over something." in result.stdout
    assert "start-server" in result.stdout
    assert result.stdout.splitlines()[-1] == "[]"


def test_a_command_of_another_distribution_runs_in_the_project(openviper, hopping, project):
    """The target is taken off, the rest is the command's own."""
    result = openviper("viperctl", "hop", "--over", ".", "mysite", "shop", PYTHONPATH=hopping)
    assert result.stderr == ""
    assert result.stdout.startswith("over ., apps ('shop',), settings mysite.settings")


@pytest.mark.parametrize(
    ("args", "source"),
    [
        (["hop"], "root.settings"),
        (["hop", "other"], "other.settings"),
        (["hop", ".", "other"], "root.settings"),
        (["--settings", "other.settings", "hop"], "other.settings"),
        (["--settings", "third.settings", "hop", "other"], "third.settings"),
    ],
)
def test_the_settings_in_force_are_the_ones_that_were_named(openviper, hopping, files, args, source):
    """``--settings`` beats the target, the target the environment, which beats what is found."""
    files({f"{name}/settings.py": SETTINGS for name in ("root", "other", "third")})
    files({"pyproject.toml": '[tool.openviper]\nsettings = "root.settings"\n'})
    result = openviper("viperctl", *args, PYTHONPATH=hopping)
    assert f"settings {source}" in result.stdout, result.stderr


def test_verbose_says_where_the_project_was_found(openviper, hopping, project):
    """On stderr, so that what a command prints stays its own."""
    result = openviper("viperctl", "-v", "skip", PYTHONPATH=hopping)
    assert f"project mysite in {project}, settings mysite.settings" in result.stderr
    assert "pyproject.toml" in result.stderr
    assert result.stdout == f"mysite.settings in {project}\n"


def test_verbose_says_that_there_is_no_project(openviper, hopping, tmp_path):
    """Commands that need none run."""
    result = openviper("viperctl", "-v", "skip", PYTHONPATH=hopping)
    assert f"no project in {tmp_path} or above" in result.stderr
    assert result.returncode == 0


@pytest.mark.parametrize(
    "args",
    [
        ["apps"],
        ["apps", "--json"],
        ["check"],
        ["collectstatic"],
        ["console", "-c", "1"],
        ["settings"],
        ["test"],
        ["hop"],
    ],
)
def test_a_command_that_expects_a_project_says_that_there_is_none(openviper, hopping, tmp_path, args):
    """In one line on stderr; what it does is done."""
    if args[0] == "collectstatic":
        pytest.importorskip("openviper.app")
    result = openviper("viperctl", *args, PYTHONPATH=hopping)
    note = f"Note: no project in {tmp_path} or above; defaults are in force\n"
    assert (result.stderr.startswith(note), "no project" in result.stdout) == (True, False)
    assert result.stderr.count("no project") == 1


@pytest.mark.parametrize("args", [["create-app", "blog"], ["create-provider", "x"], ["settings", "--help"], ["skip"]])
def test_a_command_that_needs_no_project_does_not_ask_for_one(openviper, hopping, args):
    """Nor does help."""
    result = openviper("viperctl", *args, PYTHONPATH=hopping)
    assert (result.returncode, result.stderr) == (0, "")


def test_no_project_can_be_told_is_a_warning_for_commands_that_take_none(openviper, hopping, files):
    """``skip`` may not need one; ``hop`` works on one."""
    files({"a/settings.py": SETTINGS, "b/settings.py": SETTINGS})
    skipped = openviper("viperctl", "skip", PYTHONPATH=hopping)
    assert (skipped.returncode, skipped.stdout.split()[0]) == (0, "None")
    assert "Warning: no project is used:" in skipped.stderr
    hopped = openviper("viperctl", "hop", PYTHONPATH=hopping)
    assert hopped.returncode == 1
    assert hopped.stderr.startswith("Error: ")
    assert "a.settings, b.settings" in hopped.stderr


def test_a_commands_help_needs_no_project(openviper, hopping, files):
    """Not even one that can be read."""
    files({"pyproject.toml": "[tool.openviper"})
    result = openviper("viperctl", "hop", "--help", PYTHONPATH=hopping)
    assert (result.returncode, result.stderr) == (0, "")
    assert "--over" in result.stdout


@pytest.mark.parametrize(
    ("args", "usage"),
    [
        ([], "[OPTIONS] COMMAND [TARGET] [ARGS]..."),
        (["hop"], "hop [TARGET] [OPTIONS] [APPS]..."),
        (["skip"], "skip [OPTIONS]"),
    ],
)
def test_the_usage_shows_where_a_target_stands(openviper, hopping, project, args, usage):
    """Of the group, and of each command that takes one; of a usage error too."""
    result = openviper("viperctl", *args, "--help", PYTHONPATH=hopping)
    assert result.stdout.startswith(f"Usage: python -m openviper.cli viperctl {usage}\n")
    if args:
        wrong = openviper("viperctl", *args, "--unknown", PYTHONPATH=hopping)
        assert f"viperctl {usage}\n" in wrong.stderr


def test_a_broken_manifest_is_one_warning_and_the_rest_works(openviper, distribution, project):
    """It names the distribution and the reason."""
    folder = distribution("broken-kit", "raise RuntimeError('no licence')")
    result = openviper("viperctl", "settings", PYTHONPATH=folder)
    assert result.returncode == 0
    warning = "Warning: the commands of broken-kit are left out: broken_kit_manifest:COMMANDS cannot be read: "
    assert result.stderr.count(f"{warning}RuntimeError: no licence\n") == 1


def test_a_name_that_two_distributions_offer_is_an_error_that_names_both(openviper, distribution, hopping):
    """Neither is chosen; ``--help`` shows it; other commands run."""
    manifest = MANIFEST.replace('"skip", "hopping:skip"', '"leap", "hopping:skip"')
    distribution("second-kit", manifest)
    result = openviper("viperctl", "hop", PYTHONPATH=hopping)
    assert result.returncode == 1
    assert "'hop' is offered by hopping-kit (hopping:hop) and second-kit (hopping:hop)" in result.stderr
    assert "Offered by hopping-kit and second-kit" in openviper("viperctl", "--help", PYTHONPATH=hopping).stdout
    assert openviper("viperctl", "leap", PYTHONPATH=hopping).returncode == 0


@pytest.mark.parametrize("name", [name for name, owner in COMMANDS.items() if owner not in RELEASED])
def test_a_documented_command_that_is_not_here_says_where_it_comes_from(openviper, name):
    """Rather than guessing at a slip."""
    result = openviper("viperctl", name)
    assert result.returncode == 2
    assert f"it comes with {COMMANDS[name]}, not released yet" in result.stderr


def test_a_documented_command_that_this_version_lacks_says_so(openviper, distribution):
    """Installing what is installed would not help; help does not offer it either."""
    folder = distribution("openviper-db", "COMMANDS = ()")
    result = openviper("viperctl", "migrate", PYTHONPATH=folder)
    assert result.returncode == 2
    assert "it comes with a later openviper-db than the installed 1.0: pip install -U openviper-db" in result.stderr
    assert "migrate" not in openviper("viperctl", "--help", PYTHONPATH=folder).stdout


def test_a_command_that_cannot_be_imported_fails_with_its_traceback(openviper, distribution, project):
    """Only when it is run; its author needs the place."""
    folder = distribution("hopping-kit", MANIFEST, hopping="import no_such_module")
    assert openviper("viperctl", "--help", PYTHONPATH=folder).returncode == 0
    result = openviper("viperctl", "hop", PYTHONPATH=folder)
    assert result.returncode == 1
    assert "hopping.py" in result.stderr
    assert "click/core.py" not in result.stderr
    line = "ModuleNotFoundError: No module named 'no_such_module'"
    assert result.stderr.endswith(f"{line}\nError: 'hop' of hopping-kit cannot run: {line}\n")


@pytest.mark.parametrize("source", ["import sys; sys.exit(0)", "import sys; sys.exit()", "raise GeneratorExit"])
def test_a_module_that_ends_the_program_is_no_success(openviper, distribution, project, source):
    """While it is imported; a command that runs may end it."""
    folder = distribution("hopping-kit", MANIFEST, hopping=source)
    result = openviper("viperctl", "hop", PYTHONPATH=folder)
    assert result.returncode == 1
    assert "Error: 'hop' of hopping-kit cannot run: " in result.stderr


def test_an_entry_that_names_no_command_says_whose_it_is(openviper, distribution, project):
    """One line, and the traceback for who asks."""
    folder = distribution("hopping-kit", MANIFEST, hopping="hop = skip = 1")
    line = "'hop' of hopping-kit cannot run: its manifest names hopping:hop, which is no click.Command: it is int\n"
    result = openviper("viperctl", "hop", PYTHONPATH=folder)
    assert (result.returncode, result.stderr) == (1, f"Error: {line}")
    asked = openviper("viperctl", "--traceback", "hop", PYTHONPATH=folder)
    assert asked.returncode == 1
    assert asked.stderr.startswith("Traceback")
    assert asked.stderr.endswith(line)


@pytest.mark.parametrize("value", ["", " "])
def test_empty_settings_are_refused(openviper, project, value):
    """They are a variable that is not set, and not the project of this folder."""
    result = openviper("viperctl", "--settings", value, "check")
    assert result.returncode == 2
    assert "Invalid value for '--settings': it is empty; expected a module" in result.stderr


def test_commands_beside_a_stray_settings_file_are_none(openviper, project, files):
    """The settings that are in force stand in a package, so the folder is no app."""
    files({"settings.py": "DJANGO = True", "management/commands/say_hello.py": "def handle(): print('hello')"})
    result = openviper("viperctl", "say-hello")
    assert (result.returncode, result.stdout) == (2, "")
