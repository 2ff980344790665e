"""Where the settings module is found, in which order."""

from __future__ import annotations

import pytest

from openviper.conf import ImproperlyConfigured
from openviper.conf._environment import Variable
from openviper.conf._finder import Origin, find_settings

OURS = "from openviper.conf import BaseSettings\nclass Settings(BaseSettings): pass\n"
THEIRS = "from pydantic_settings import BaseSettings\nclass Settings(BaseSettings): pass\n"
NAMED = {"OPENVIPER_SETTINGS_MODULE": Variable("named.settings", "environment")}


@pytest.fixture
def project(tmp_path, monkeypatch):
    """An empty project folder, current; ``write(path, text)`` puts files into it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").touch()

    def write(path, text=OURS):
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        return target

    return write


def found(environment=None):
    origin = find_settings(environment or {})
    return origin and origin.target


def test_an_empty_folder_is_no_project(project):
    """Nothing named and nothing there: there is no project, which is no error."""
    assert find_settings({}) is None


def test_each_place_yields_to_the_one_before(project):
    """The variable, then pyproject.toml, then the layout."""
    project("mysite/settings.py")
    assert found() == "mysite.settings"
    project("pyproject.toml", "[tool.openviper]\nsettings = 'table.settings'\n")
    assert found() == "table.settings"
    assert found(NAMED) == "named.settings"


def test_who_named_it_is_told(project, tmp_path):
    """The words for banners and errors."""
    project("pyproject.toml", "[tool.openviper]\nsettings = 'table.settings'\n")
    assert str(find_settings(NAMED)) == "named.settings (OPENVIPER_SETTINGS_MODULE)"
    assert str(find_settings({})) == f"table.settings ([tool.openviper] in {tmp_path / 'pyproject.toml'})"
    in_dotenv = {"OPENVIPER_SETTINGS_MODULE": Variable("x.settings", ".env, line 2")}
    assert str(find_settings(in_dotenv)) == "x.settings (OPENVIPER_SETTINGS_MODULE in .env, line 2)"


@pytest.mark.parametrize("text", ["", "   "])
def test_an_empty_variable_names_nothing(project, text):
    """Set to nothing is not set."""
    assert find_settings({"OPENVIPER_SETTINGS_MODULE": Variable(text, "environment")}) is None


def test_the_nearest_pyproject_upward_counts(project, tmp_path, monkeypatch):
    """From a folder below, the project's table is found; a nearer file without the table ends the search."""
    project("pyproject.toml", "[tool.openviper]\nsettings = 'mysite.settings'\n")
    project("docs/deep/x.txt")
    monkeypatch.chdir(tmp_path / "docs" / "deep")
    assert found() == "mysite.settings"
    project("docs/pyproject.toml", "[project]\nname = 'docs-of-openviper'\n")
    assert found() is None


@pytest.mark.parametrize(
    ("reason", "paths", "module"),
    [
        ("root layout", ["settings.py"], "settings"),
        ("module layout", ["mysite/settings.py"], "mysite.settings"),
        ("source layout", ["src/mysite/settings.py"], "mysite.settings"),
        ("root layout with apps", ["settings.py", "blog/settings.py"], "settings"),
        ("a folder that is no package", ["my-site/settings.py"], None),
        ("a hidden folder", [".old/settings.py"], None),
        ("too deep", ["a/b/settings.py"], None),
    ],
)
def test_the_layout_tells(project, reason, paths, module):
    """settings.py in the current directory, else in the one package there, else in the one below src."""
    for path in paths:
        project(path)
    assert found() == module, reason


def test_another_frameworks_settings_are_not_ours(project):
    """A program that has settings.py from elsewhere and uses one of our packages has no project."""
    project("settings.py", THEIRS)
    project("mysite/settings.py", "DEBUG = True\n")
    assert find_settings({}) is None
    project("other/settings.py", OURS)
    assert found() == "other.settings"


def test_several_candidates_are_an_error_that_lists_them(project):
    """Nothing is guessed."""
    project("one/settings.py")
    project("src/two/settings.py")
    with pytest.raises(ImproperlyConfigured, match=r"one\.settings, two\.settings; name one: OPENVIPER_SETTINGS_"):
        find_settings({})


@pytest.mark.parametrize(
    ("reason", "text", "words"),
    [
        ("no TOML", "[tool.openviper\n", "is not TOML"),
        ("not UTF-8", "# openviper \xff", "is not TOML"),
        ("a number", "[tool.openviper]\nsettings = 5\n", "settings=5"),
        ("empty", "[tool.openviper]\nsettings = ' '\n", "is not a module name"),
        ("a list", "[tool.openviper]\nsettings = ['a']\n", "is not a module name"),
        ("no table", "[tool]\nopenviper = 'mysite.settings'\n", "expected settings = 'mysite.settings'"),
    ],
)
def test_a_pyproject_that_cannot_be_used_is_an_error(project, tmp_path, reason, text, words):
    """The file is named, and what is wrong with it."""
    (tmp_path / "pyproject.toml").write_bytes(text.encode("latin-1"))
    with pytest.raises(ImproperlyConfigured) as caught:
        find_settings({})
    assert words in str(caught.value), reason
    assert str(tmp_path / "pyproject.toml") in str(caught.value)


@pytest.mark.parametrize(
    "text", ["", "[project]\nname='x'\n", "[tool.openviper]\nother = 1\n", "[tool.x]\n# openviper\n"]
)
def test_a_pyproject_without_a_word_about_it_is_passed_over(project, text):
    """Then the layout tells."""
    project("pyproject.toml", text)
    project("settings.py")
    assert found() == "settings"


def test_a_class_and_an_instance_have_a_name():
    """Errors and banners name what configure() was given."""

    class Settings:
        pass

    assert Origin(Settings, "x").name == Origin(Settings(), "x").name == f"{__name__}.{Settings.__qualname__}"
