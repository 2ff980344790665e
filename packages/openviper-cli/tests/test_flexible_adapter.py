"""FlexibleAdapter: from a folder to settings in force."""

from __future__ import annotations

import os
import sys

import pytest

from openviper.core.flexible_adapter import FlexibleAdapter


@pytest.fixture(autouse=True)
def restored(monkeypatch):
    """Give this process its environment and its path back."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setenv("OPENVIPER_SETTINGS_MODULE", "")


def test_bootstrap_makes_the_settings_the_ones_in_force(project):
    """Importable first, and named for child processes too."""
    adapter = FlexibleAdapter(directory=project)
    found = adapter.bootstrap()
    assert found is adapter.project
    assert sys.path[0] == str(project)
    assert os.environ["OPENVIPER_SETTINGS_MODULE"] == "mysite.settings"
    adapter.bootstrap(".")
    assert sys.path.count(str(project)) == 1


def test_finding_changes_nothing(project):
    """Not the path, not the environment."""
    before = (sys.path[:], dict(os.environ))
    assert FlexibleAdapter(directory=project).find().settings_module == "mysite.settings"
    assert (sys.path, dict(os.environ)) == before


def test_without_a_project_nothing_is_set(files):
    """Defaults are in force then."""
    before = sys.path[:]
    assert FlexibleAdapter(directory=files({"readme": ""})).bootstrap() is None
    assert (sys.path, os.environ["OPENVIPER_SETTINGS_MODULE"]) == (before, "")


def test_no_file_is_written_and_the_current_directory_stays(openviper, project):
    """A read-only checkout is as good as any."""
    source = (
        "import os\nfrom openviper.core.flexible_adapter import FlexibleAdapter\n"
        "FlexibleAdapter().bootstrap('.')\nprint(os.getcwd())"
    )
    before = sorted(project.rglob("*"))
    result = openviper(command=("-c", source), cwd=project / "mysite")
    assert result.stdout.strip() == str(project / "mysite"), result.stderr
    assert sorted(project.rglob("*")) == before


def test_a_bare_word_is_no_target_where_settings_are_given(project):
    """``--settings x migrate mysite`` migrates the app mysite."""
    assert FlexibleAdapter(directory=project).is_project("mysite")
    assert not FlexibleAdapter("other.settings", directory=project).is_project("mysite")


def test_run_is_viperctl(project, capfd):
    """What the generated viperctl.py calls; the result is the exit code."""
    assert FlexibleAdapter(directory=project).run(["-v", "check", "--help"]) == 0
    assert "--fail-level" in capfd.readouterr().out
    assert FlexibleAdapter(directory=project).run(["no-such-command"]) == 2
