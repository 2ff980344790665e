"""Which project a command's target names, and which words are targets."""

from __future__ import annotations

import pytest

from openviper.cli._project import find_project
from openviper.cli._project_targets import names_project
from openviper.cli.errors import ProjectError
from openviper.core.projects import SETTINGS_VARIABLE

SETTINGS = "from openviper.conf import BaseSettings\nclass Settings(BaseSettings): pass\n"
PYPROJECT = '[tool.openviper]\nsettings = "mysite.settings"\n'
#: What ``create-project`` makes, and what may stand in place of it.
MADE = {"mysite/pyproject.toml": PYPROJECT, "mysite/mysite/__init__.py": "", "mysite/mysite/settings.py": SETTINGS}
UNNAMED = MADE | {"mysite/pyproject.toml": ""}
UNMARKED = {"mysite/mysite/settings.py": SETTINGS}
OTHER = {"pyproject.toml": "[tool.openviper]\nsettings = 'other.settings'\n", "other/settings.py": SETTINGS}


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch):
    monkeypatch.delenv(SETTINGS_VARIABLE, raising=False)


@pytest.mark.parametrize(("word", "answer"), [("mysite", True), ("inner", True), ("shop", False), ("src", False)])
def test_a_bare_word_names_a_project_where_its_settings_are(files, word, answer):
    """Else it is an app's label."""
    folder = files({"mysite/settings.py": "", "src/inner/settings.py": "", "shop/models.py": ""})
    assert names_project(word, folder) is answer


@pytest.mark.parametrize(
    ("contents", "answer"),
    [
        (MADE, True),
        (UNNAMED, True),
        (UNMARKED, True),
        ({"mysite/src/mysite/settings.py": SETTINGS}, True),
        (MADE | OTHER, True),
        (UNMARKED | OTHER, False),
        ({"mysite/__init__.py": "", "mysite/shop/settings.py": SETTINGS}, False),
        ({"mysite/pyproject.toml": "[project]\nname = 'x'\n"}, False),
        ({"mysite/pyproject.toml": "[tool.openviper"}, True),
    ],
)
def test_a_bare_word_names_a_folder_that_is_a_project_itself(files, contents, answer):
    """In another project only one that says so by its pyproject.toml; the rest are that one's labels."""
    assert names_project("mysite", files({"readme": ""} | contents)) is answer


@pytest.mark.parametrize(
    ("contents", "target"),
    [
        (contents, target)
        for contents in (MADE, UNNAMED, MADE | OTHER)
        for target in ("mysite", "mysite.mysite", "mysite.mysite.blog")
    ],
)
def test_a_folder_that_is_a_project_is_used_as_if_the_command_were_called_in_it(files, monkeypatch, contents, target):
    """Its own folder is the project's, by the dotted name of a package in it too; not what the environment names."""
    monkeypatch.setenv(SETTINGS_VARIABLE, "other.settings")
    folder = files({"mysite/mysite/blog/models.py": ""} | contents)
    project = find_project(folder, target=target)
    assert (project.settings_module, project.root) == ("mysite.settings", folder / "mysite")
    assert project.import_root == folder / "mysite"


def test_a_folder_without_a_pyproject_is_a_project_where_there_is_no_other(files, monkeypatch):
    """Where the environment names one, its folders are labels."""
    folder = files(UNMARKED)
    assert find_project(folder, target="mysite").root == folder / "mysite"
    monkeypatch.setenv(SETTINGS_VARIABLE, "other.settings")
    assert not names_project("mysite", folder)


def test_a_folder_of_the_project_that_dotenv_names_is_a_label(openviper, files):
    """Though it has settings in a folder of its own."""
    project = {".env": "OPENVIPER_SETTINGS_MODULE=config.production\n", "config/production.py": SETTINGS}
    files(project | {"blog/__init__.py": "", "blog/conf/settings.py": SETTINGS})
    result = openviper("viperctl", "-v", "console", "blog", "-c", "0")
    assert (result.returncode, result.stdout) == (2, "")
    assert "unexpected extra argument (blog)" in result.stderr
    assert "settings config.production (found by OPENVIPER_SETTINGS_MODULE in .env, line 1)" in result.stderr


def test_a_pyproject_in_the_root_layout_names_its_project(files):
    """Its modules are imported from its own folder, and not as a package of the one around."""
    root = {"mysite/pyproject.toml": "[tool.openviper]\nsettings = 'settings'\n", "mysite/settings.py": SETTINGS}
    folder = files(root)
    project = find_project(folder, target="mysite")
    assert (project.settings_module, project.root) == ("settings", folder / "mysite")


@pytest.mark.parametrize("target", ["mysite.gone", "gone.mysite", "gone"])
def test_what_is_not_in_the_project_of_a_folder_is_refused(files, target):
    """A misspelt module is not taken for the project around it."""
    with pytest.raises(ProjectError, match=rf"'{target}' is no project of "):
        find_project(files(MADE), target=target)


def test_commands_work_on_the_project_of_a_folder_below(openviper, files):
    """Through the whole command line: its variables in .env, its apps and its relative paths count."""
    settings = f"{SETTINGS[:-6]}\n    INSTALLED_APPS = ('mysite',)\n    STATIC_ROOT = 'collected'\n"
    folder = files(
        MADE
        | {
            "mysite/mysite/settings.py": settings,
            "mysite/mysite/static/site.css": "",
            "mysite/.env": "OPENVIPER_TIME_ZONE=Asia/Tokyo\n",
        }
    )
    code = "print(settings.TIME_ZONE, settings.INSTALLED_APPS)"
    for target in ("mysite", "mysite.mysite"):
        shown = openviper("viperctl", "console", target, "-c", code)
        assert shown.stdout == "Asia/Tokyo ('mysite',)\n", shown.stderr
    assert openviper("viperctl", "-v", "console", "mysite", "-c", "0").stderr.startswith(
        f"project mysite in {folder / 'mysite'}, settings mysite.settings (found by [tool.openviper] in "
    )
