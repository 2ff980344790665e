"""FlexibleAdapter: from a folder to settings in force."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from openviper import cli
from openviper.core.flexible_adapter import FlexibleAdapter
from openviper.core.projects import search_folder, search_from


@pytest.fixture(autouse=True)
def restored(monkeypatch):
    """Give this process its environment, its path and its folder back."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setenv("OPENVIPER_SETTINGS_MODULE", "")
    yield
    search_from(None)


#: Says what the settings are, and what the installed apps' folders are.
TELLING = """
from openviper.conf import settings
from openviper.core.app_resolver import AppResolver

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    body = f"{settings.TIME_ZONE} {AppResolver().root}".encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})
"""


@pytest.fixture
def site(project, files):
    """A project with a viperctl.py and a .env, in a folder that is not the current one."""
    template = Path(cli.__file__).with_name("templates") / "project/viperctl.py.jinja"
    files({"viperctl.py": template.read_text(), "mysite/app.py": TELLING, ".env": "OPENVIPER_TIME_ZONE=Asia/Tokyo\n"})
    (project / "elsewhere").mkdir()
    # Without it the nearest one upward, the project's, would count there too.
    (project / "elsewhere/pyproject.toml").touch()
    return project


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
    assert FlexibleAdapter(directory=project).run(["check", "--no-such-option"]) == 2


def test_the_projects_env_file_counts_from_any_directory(openviper, site):
    """A cron job starts viperctl.py from another folder, whose own .env is none of the project's."""
    (site / ".env").write_text("OPENVIPER_TIME_ZONE=1\nOPENVIPER_DEBUG=perhaps\n")
    (site / "elsewhere/.env").write_text("broken\n")
    result = openviper("check", command=(str(site / "viperctl.py"),), cwd=site / "elsewhere")
    assert "'perhaps' (.env, line 2)" in result.stdout + result.stderr
    assert result.returncode == 1


@pytest.mark.parametrize("how", [["--no-reload"], ["--reload"], ["--workers=2"]])
def test_servers_take_the_projects_env_file_and_root_from_any_directory(served, site, how):
    """Those in child processes too."""
    viperctl = (str(site / "viperctl.py"),)
    with served("start-server", "--port=0", *how, command=viperctl, cwd=site / "elsewhere") as server:
        assert server.get() == f"Asia/Tokyo {site}"
        # The other worker may still be coming up, so the exit code may say that it was cut off.
        server.end()


def test_where_there_is_no_project_its_folder_counts_all_the_same(files):
    """What is in the current directory was not asked for."""
    folder = files({"readme": ""})
    FlexibleAdapter(directory=folder).bootstrap()
    assert search_folder() == str(folder)


def test_the_projects_own_folder_is_searched_from_one_below(project):
    """The root, for apps that stand in it."""
    FlexibleAdapter(directory=project / "mysite").bootstrap()
    assert search_folder() == str(project)


def test_the_current_folder_was_deleted(openviper, tmp_path):
    """One sentence for who needs a project; the rest works."""
    gone = str(tmp_path / "gone")
    line = (
        f"import os, sys; os.mkdir({gone!r}); os.chdir({gone!r}); os.rmdir({gone!r})\nfrom openviper.cli import main\n"
    )
    for args, code, part in (
        (["viperctl", "check"], 1, "Error: the current directory, where the project is looked for, does not exist"),
        (["run", "app"], 1, "Error: the current directory, where the project is looked for, does not exist"),
        (["viperctl", "--help"], 0, ""),
        (["version"], 0, ""),
    ):
        # -P, as the script has it: where the folder stands in sys.path, CPython 3.13.0 itself fails without it.
        result = openviper(command=("-P", "-c", f"{line}sys.exit(main({args!r}))"))
        assert (result.returncode, "Traceback" in result.stderr) == (code, False), result.stderr
        assert part in result.stderr
    assert list(tmp_path.iterdir()) == []
