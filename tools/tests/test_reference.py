"""docs/cli.md is what the commands say."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from openviper.cli._main import COMMANDS as PROGRAM
from openviper.core.distributions import COMMANDS, RELEASED
from openviper.core.entrypoints import distribution_of, installed_entries
from tools.reference import main, reference
from tools.workspace import ROOT, packages

PRINT = "from tools.reference import reference; print(reference(), end='')"


@pytest.fixture(scope="module")
def page():
    return reference()


def test_a_stale_page_fails_the_check_and_stays_as_it_is(tmp_path, capsys):
    """What would change is printed, with the command that changes it."""
    stale = tmp_path / "cli.md"
    stale.write_text(reference().replace("Comes with `openviper-cli`.", "Comes with `nobody`."))
    before = stale.read_text()
    assert main(["--check"], stale) == 1
    assert stale.read_text() == before
    output = capsys.readouterr().out
    assert "-Comes with `nobody`." in output
    assert "+Comes with `openviper-cli`." in output
    assert "./dev nox -s reference" in output


def test_a_stale_or_missing_page_is_renewed(tmp_path, page):
    """A second time there is nothing to do."""
    written = tmp_path / "cli.md"
    assert main([], written) == 0
    assert written.read_text(encoding="utf-8") == page
    assert main(["--check"], written) == 0


@pytest.mark.parametrize(
    "variables",
    [
        {"COLUMNS": "20"},
        {"NO_COLOR": "1"},
        {"FORCE_COLOR": "1", "TERM": "xterm-256color"},
        {"LANG": "de_DE.UTF-8", "LANGUAGE": "de", "LC_ALL": "C"},
        {"OPENVIPER_SETTINGS_MODULE": "no.such.settings", "PYTHONHASHSEED": "7"},
    ],
    ids=lambda variables: next(iter(variables)),
)
def test_the_terminal_and_the_language_do_not_matter(page, variables):
    """Two machines write one page, or the check would fail on one of them."""
    answer = subprocess.run(
        [sys.executable, "-c", PRINT],
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **variables},
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert answer.stdout.decode() == page


def test_every_command_has_a_section(page):
    """Those of the program, and those of every distribution of the workspace, with a link from a table."""
    entries = [each for each in installed_entries("openviper.commands") if distribution_of(each) in packages()]
    assert {distribution_of(each) for each in entries} >= {"openviper-backup", "openviper-cli", "openviper-email"}
    names = [f"openviper {each.name}" for each in PROGRAM if each.name != "viperctl"]
    names += [f"viperctl {command.name}" for entry in entries for command in entry.load()]
    for name in names:
        assert page.count(f"\n### `{name}`\n") == 1
        assert f"](#{name.replace(' ', '-')})" in page


def test_what_is_not_released_is_named_at_the_end(page):
    """By the distribution that will bring it."""
    later = {name: owner for name, owner in COMMANDS.items() if owner not in RELEASED}
    assert later
    end = page.partition("## Not released yet")[2]
    for name, owner in later.items():
        assert f"| `{name}` | `{owner}` |" in end


def test_nothing_of_this_machine_is_on_the_page(page):
    """A default that is computed from the current directory would be."""
    assert str(ROOT) not in page
    assert str(Path.home()) not in page


def test_every_part_of_the_introduction_is_filled(page):
    """A placeholder that is misspelt would stay."""
    assert "<!-- reference:" not in page
