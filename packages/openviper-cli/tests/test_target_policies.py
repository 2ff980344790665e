"""The target policies through the whole command line: which project is in force, and what the command is given."""

from __future__ import annotations

import os

import pytest

MANIFEST = """
from openviper.core.commands import LazyCommand
COMMANDS = tuple(
    LazyCommand(f"with-{policy}", f"targeting:with_{policy}", "Tell.", target=policy)
    for policy in ("none", "dot", "module")
)
"""
COMMAND = """
import json
import click
from openviper.conf import settings
from openviper.core.app_resolver import AppResolver

@click.command()
@click.argument("words", nargs=-1)
@click.option("--database", default="default")
@click.option("-p", "--pair", nargs=2)
@click.option("-q", "--quiet", is_flag=True)
def tell(words, database, pair, quiet):
    name = settings.source.partition(" ")[0]
    found = [folder.name for folder in AppResolver().get_app_dirs()]
    click.echo(json.dumps({"settings": name, "words": words, "database": database, "apps": found}))

with_none = with_dot = with_module = tell
"""
SETTINGS = "from openviper.conf import BaseSettings\nclass Settings(BaseSettings): pass\n"
PYPROJECT = '[tool.openviper]\nsettings = "main.settings"\n'


@pytest.fixture
def targeting(distribution):
    """A command of each policy."""
    return distribution("targeting-kit", MANIFEST, targeting=COMMAND)


@pytest.fixture
def several(files):
    """The project main, named in pyproject.toml, beside others: other, inner in src, and apps.shop without settings."""
    return files(
        {
            "pyproject.toml": PYPROJECT,
            "main/settings.py": SETTINGS,
            "other/settings.py": SETTINGS,
            "src/inner/settings.py": SETTINGS,
            "apps/shop/models.py": "",
            "apps/till/settings.py": SETTINGS,
            "label/models.py": "",
        }
    )


MAIN, OTHER, INNER, TILL = "main.settings", "other.settings", "inner.settings", "apps.till.settings"


@pytest.mark.parametrize(
    ("line", "settings", "words", "database"),
    [
        # none takes nothing: every word is the command's own.
        ("with-none", MAIN, [], "default"),
        ("with-none .", MAIN, ["."], "default"),
        ("with-none other", MAIN, ["other"], "default"),
        ("with-none apps.till", MAIN, ["apps.till"], "default"),
        ("--settings other.settings with-none .", OTHER, ["."], "default"),
        # dot takes exactly a dot, and that once.
        ("with-dot", MAIN, [], "default"),
        ("with-dot .", MAIN, [], "default"),
        ("with-dot . .", MAIN, ["."], "default"),
        ("with-dot other", MAIN, ["other"], "default"),
        ("with-dot apps.till", MAIN, ["apps.till"], "default"),
        ("with-dot word .", MAIN, ["word", "."], "default"),
        ("with-dot --database . word", MAIN, ["word"], "."),
        ("with-dot --database . .", MAIN, [], "."),
        ("with-dot --database=. .", MAIN, [], "."),
        ("with-dot -q .", MAIN, [], "default"),
        ("with-dot -- .", MAIN, ["."], "default"),
        ("--settings other.settings with-dot .", OTHER, [], "default"),
        # module takes a bare word with settings, or a dotted name, too.
        ("with-module", MAIN, [], "default"),
        ("with-module .", MAIN, [], "default"),
        ("with-module other", OTHER, [], "default"),
        ("with-module inner", INNER, [], "default"),
        ("with-module apps.till", TILL, [], "default"),
        ("with-module apps.shop", MAIN, [], "default"),
        ("with-module label", MAIN, ["label"], "default"),
        ("with-module nothing", MAIN, ["nothing"], "default"),
        ("with-module . other", MAIN, ["other"], "default"),
        ("with-module other other", OTHER, ["other"], "default"),
        ("with-module label other", MAIN, ["label", "other"], "default"),
        ("with-module --database other", MAIN, [], "other"),
        ("with-module --database other other", OTHER, [], "other"),
        ("with-module -q other label", OTHER, ["label"], "default"),
        ("with-module -p . . other", OTHER, [], "default"),
        ("with-module -qp . other label", MAIN, ["label"], "default"),
        ("with-module -- other", MAIN, ["other"], "default"),
        ("with-module -- .", MAIN, ["."], "default"),
        ("with-module other -- .", OTHER, ["."], "default"),
        ("--settings other.settings with-module main", OTHER, ["main"], "default"),
        ("--settings other.settings with-module .", OTHER, [], "default"),
    ],
)
def test_the_project_in_force_and_the_commands_own_words(
    openviper, targeting, several, line, settings, words, database
):
    """Each row is a line that a user types."""
    result = openviper("viperctl", *line.split(), PYTHONPATH=targeting)
    assert result.stderr == ""
    assert f'"settings": "{settings}"' in result.stdout
    assert f'"words": {str(words).replace(chr(39), chr(34))}, "database": "{database}"' in result.stdout


@pytest.mark.parametrize(
    ("line", "code", "part"),
    [
        ("with-module no.such", 1, "Error: 'no.such' is no project of "),
        ("with-dot --settings other.settings", 2, "it stands before the command: "),
        ("with-module --settings other.settings", 2, "it stands before the command: "),
        ("with-module --database", 2, "requires an argument"),
        ("--settings no.such with-none", 1, "Error: there is no module 'no.such' (--settings)"),
    ],
)
def test_a_line_that_names_no_project_is_refused(openviper, targeting, several, line, code, part):
    """One sentence, and the command does not run."""
    result = openviper("viperctl", *line.split(), PYTHONPATH=targeting)
    assert (result.returncode, result.stdout) == (code, "")
    assert part in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    "line", ["with-none", "with-dot", "with-dot .", "with-module .", "--settings settings with-dot"]
)
def test_in_the_root_layout_the_folder_itself_is_an_app(openviper, targeting, files, line):
    """Labelled by its name, even with empty INSTALLED_APPS."""
    folder = files({"settings.py": SETTINGS, "models.py": ""})
    result = openviper("viperctl", *line.split(), PYTHONPATH=targeting)
    assert result.stderr == ""
    assert '"settings": "settings"' in result.stdout
    assert f'"apps": ["{folder.name}"]' in result.stdout


@pytest.mark.parametrize("how", [[], ["--settings", "other.settings"]])
@pytest.mark.parametrize("place", ["main", "/", "elsewhere"])
@pytest.mark.parametrize("linked", [False, True])
def test_viperctl_py_serves_from_any_directory(openviper, targeting, several, tmp_path, how, place, linked):
    """Itself, or a link to it that lies elsewhere: the project is the one that the script stands in."""
    script = several / "viperctl.py"
    script.write_text(
        "from pathlib import Path\nfrom openviper.core.flexible_adapter import FlexibleAdapter\n"
        "if __name__ == '__main__':\n"
        "    raise SystemExit(FlexibleAdapter(directory=Path(__file__).resolve().parent).run())\n"
    )
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    if linked:
        (elsewhere / "manage").symlink_to(script)
        script = elsewhere / "manage"
    command = (os.path.relpath(script, tmp_path / place),)
    result = openviper(*how, "with-dot", ".", "word", command=command, cwd=tmp_path / place, PYTHONPATH=targeting)
    assert result.stderr == ""
    assert f'"settings": "{OTHER if how else MAIN}", "words": ["word"]' in result.stdout


def test_the_current_directory_stays_and_nothing_is_written(openviper, several):
    """Finding a project imports nothing of it: not even a __pycache__ is there afterwards."""
    before = sorted(several.rglob("*"))
    source = (
        "import os, sys\nfrom openviper.core.flexible_adapter import FlexibleAdapter\n"
        "adapter = FlexibleAdapter()\n"
        "for target in (None, '.', 'other', 'inner', 'apps.till', 'apps.shop'): print(adapter.bootstrap(target))\n"
        "print(os.getcwd(), [name for name in sys.modules if name.split('.')[0] in ('main', 'other', 'inner', 'apps')])"
    )
    result = openviper(command=("-c", source), PYTHONDONTWRITEBYTECODE="")
    assert result.stdout.splitlines()[-1] == f"{several} []", result.stderr
    assert sorted(several.rglob("*")) == before
