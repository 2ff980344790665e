"""Which project a folder belongs to, and what names its settings."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from openviper.conf._environment import Variable
from openviper.core.errors import ImproperlyConfigured
from openviper.core.projects import (
    FoundSettings,
    Root,
    chosen_settings,
    find_settings,
    project_folder,
    project_root,
    roots_of,
    search_folder,
    search_from,
)

OURS = "from openviper.conf import BaseSettings\nclass Settings(BaseSettings): pass\n"
THEIRS = "from pydantic_settings import BaseSettings\nclass Settings(BaseSettings): pass\n"
TABLE = "[tool.openviper]\nsettings = 'table.settings'\n"
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


def find(environment=None, **kwargs):
    """Look from the current directory, by default without a variable."""
    return find_settings(str(Path.cwd()), environment or {}, **kwargs)


def found(environment=None, **kwargs):
    settings = find(environment, **kwargs)
    return settings and settings.module


def test_an_empty_folder_is_no_project(project):
    """Nothing named and nothing there: there is no project, which is no error."""
    assert find() is None


def test_a_folder_that_is_not_there_is_no_project(tmp_path):
    """Nothing is there either."""
    assert find_settings(str(tmp_path / "gone"), {}) is None


def test_each_place_yields_to_the_one_before(project):
    """The variable, then pyproject.toml, then the layout."""
    project("mysite/settings.py")
    assert found() == "mysite.settings"
    project("pyproject.toml", TABLE)
    assert found() == "table.settings"
    assert found(NAMED) == "named.settings"


def test_what_is_here_can_go_before_the_variable(project):
    """Where the folder itself is named; the variable is better than nothing."""
    assert found(NAMED, here_first=True) == "named.settings"
    project("mysite/settings.py")
    assert found(NAMED, here_first=True) == "mysite.settings"
    project("pyproject.toml", TABLE)
    assert found(NAMED, here_first=True) == "table.settings"


def test_who_named_it_is_told(project, tmp_path):
    """The words for banners and errors."""
    in_dotenv = {"OPENVIPER_SETTINGS_MODULE": Variable("x.settings", ".env, line 2")}
    assert find(NAMED).found_by == "OPENVIPER_SETTINGS_MODULE"
    assert find(in_dotenv).found_by == "OPENVIPER_SETTINGS_MODULE in .env, line 2"
    project("src/mysite/settings.py")
    assert find().found_by == f"the module layout of {tmp_path}"
    project("settings.py")
    assert find().found_by == f"the root layout of {tmp_path}"
    project("pyproject.toml", TABLE)
    assert find().found_by == f"[tool.openviper] in {tmp_path / 'pyproject.toml'}"


@pytest.mark.parametrize("text", ["", "   "])
def test_an_empty_variable_names_nothing(project, text):
    """Set to nothing is not set."""
    assert find({"OPENVIPER_SETTINGS_MODULE": Variable(text, "environment")}) is None


@pytest.mark.parametrize("name", ["mysite/settings.py", "my site", "mysite..settings", ".settings", ":Settings"])
def test_a_variable_that_names_no_module_is_an_error(project, name):
    """Before anything tries to import it."""
    with pytest.raises(ImproperlyConfigured) as caught:
        find({"OPENVIPER_SETTINGS_MODULE": Variable(name, ".env, line 2")})
    assert str(caught.value).startswith(f"{name!r} (OPENVIPER_SETTINGS_MODULE in .env, line 2) is not a module name;")


@pytest.mark.parametrize(
    ("variable", "dotenv", "module"),
    [
        (None, "export OPENVIPER_SETTINGS_MODULE='b.settings' # the live one", "b.settings"),
        (None, "# OPENVIPER_SETTINGS_MODULE=b.settings", "a.settings"),
        (None, "OTHER=1\nOPENVIPER_SETTINGS_MODULE=b.settings:Live", "b.settings:Live"),
        ("real.settings", "OPENVIPER_SETTINGS_MODULE=b.settings", "real.settings"),
        ("", "OPENVIPER_SETTINGS_MODULE=b.settings", "a.settings"),
        (None, "OPENVIPER_SETTINGS_MODULE=b.settings\nbroken", ".env, line 2: there is no '='"),
    ],
)
def test_the_variable_of_this_process_counts_before_that_of_its_dotenv(project, tmp_path, variable, dotenv, module):
    """Both are read as the settings read them; not under pytest, so by a real process."""
    project("a/settings.py")
    project(".env", dotenv)
    project("below/readme", "")
    environment = {name: text for name, text in os.environ.items() if not name.startswith(("OPENVIPER_", "PYTEST_"))}
    environment |= {} if variable is None else {"OPENVIPER_SETTINGS_MODULE": variable}
    code = "from openviper.core.projects import *; import sys; print(find_settings(sys.argv[1]).module)"
    command = [sys.executable, "-c", code, str(tmp_path / "below")]
    done = subprocess.run(command, cwd="/", env=environment, capture_output=True, text=True, check=False, timeout=30)
    assert module in (done.stdout + done.stderr).splitlines()[-1]


def test_the_nearest_pyproject_upward_counts(project, tmp_path, monkeypatch):
    """From a folder below, the project's table is found; a nearer file without the table ends the search."""
    project("pyproject.toml", "[tool.openviper]\nsettings = 'mysite.settings'\n")
    project("docs/deep/x.txt")
    monkeypatch.chdir(tmp_path / "docs" / "deep")
    assert found() == "mysite.settings"
    assert project_folder(str(Path.cwd())) == str(tmp_path)
    project("docs/pyproject.toml", "[project]\nname = 'docs-of-openviper'\n")
    assert found() is None


@pytest.mark.parametrize("path", ["settings.py", "mysite/settings.py", "src/mysite/settings.py"])
def test_a_folder_below_belongs_to_the_project(project, tmp_path, monkeypatch, path):
    """The layout around the nearest pyproject.toml counts too, after that of the folder itself."""
    project(path)
    project("scripts/x.txt")
    monkeypatch.chdir(tmp_path / "scripts")
    assert found() == path.removeprefix("src/").removesuffix(".py").replace("/", ".")
    project("scripts/own/settings.py")
    assert found() == "own.settings"


@pytest.mark.parametrize(
    ("around", "current", "module", "root"),
    [
        (["pyproject.toml"], "shop", "shop.settings", "."),
        (["pyproject.toml", "src/shop/__init__.py", "src/shop/settings.py"], "src/shop", "shop.settings", "src"),
        (["pyproject.toml", "shop/a/settings.py", "shop/b/settings.py"], "shop", "shop.settings", "."),
        (["pyproject.toml", "settings.py"], "shop", "settings", "shop"),
        (["pyproject.toml", "a/settings.py", "b/settings.py"], "shop", "settings", "shop"),
        (["pyproject.toml", "other/settings.py"], "shop", "settings", "shop"),
        (["pyproject.toml", "shop/main/__init__.py", "shop/main/settings.py"], "shop/main", "settings", "shop/main"),
        (["shop/pyproject.toml"], "shop", "settings", "shop"),
        ([], "shop", "settings", "shop"),
    ],
)
def test_a_package_whose_settings_are_the_projects_above_belongs_to_that(tmp_path, around, current, module, root):
    """They are imported from there; where the project above has others, the folder is one in the root layout."""
    site = tmp_path / "site"
    own = [] if current.startswith("src") else ["shop/__init__.py", "shop/settings.py"]
    for path in (*own, *around):
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_text(OURS if path.endswith("settings.py") else "")
    settings = find_settings(str(site / current), {})
    assert settings.module == module
    assert settings.roots[0].path == str(site / root)


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


@pytest.mark.parametrize("text", [OURS, "from conf.prod import Settings\n", "from company.conf import *\n"])
def test_a_settings_file_in_the_folder_itself_goes_first(project, tmp_path, text):
    """One that may be ours: who passes it over serves without its middleware. In the folder of pyproject.toml too."""
    project("settings.py", text)
    project("demo/settings.py", OURS)
    assert found() == "settings"
    (tmp_path / "docs").mkdir()
    assert find_settings(str(tmp_path / "docs"), {}).module == "settings"


@pytest.mark.parametrize("text", ["", "DJANGO = True\n", "# openviper Settings\n", THEIRS])
def test_a_settings_file_that_is_not_ours_is_passed_over(project, text):
    """Wherever it stands: a program that is no web service has one of its own."""
    project("settings.py", text)
    project("other/settings.py", text)
    project("settings/__init__.py", text)
    assert find() is None
    project("demo/settings.py", OURS)
    assert found() == "demo.settings"


STAR = "from mysite.base import *\n"
BROKEN = "class Settings(\n"


@pytest.mark.parametrize(
    ("contents", "module"),
    [
        ({"mysite/settings.py": STAR, "mysite/base.py": OURS}, "mysite.settings"),
        ({"mysite/settings/__init__.py": "from .base import Settings\n"}, "mysite.settings"),
        ({"src/mysite/settings/__init__.py": "from .base import Settings\n"}, "mysite.settings"),
        ({"settings/__init__.py": "from .base import Settings\n"}, "settings"),
        ({"mysite/settings.py": "DEBUG = True\n", "other/settings.py": OURS}, "other.settings"),
        ({"mysite/settings.py": STAR, "other/settings.py": THEIRS}, "mysite.settings"),
        ({"mysite/settings.py": STAR, "other/settings.py": OURS}, "other.settings"),
        ({"mysite/settings.py": BROKEN, "other/settings.py": THEIRS}, "mysite.settings"),
        ({"mysite/settings.py": BROKEN, "other/settings.py": STAR}, "other.settings"),
        ({"settings.py": BROKEN, "other/settings.py": OURS}, "other.settings"),
        ({"settings.py": BROKEN, "other/settings.py": BROKEN}, "settings"),
        ({"settings.py": BROKEN}, "settings"),
    ],
)
def test_settings_that_may_be_ours_are_taken_where_no_others_are(project, contents, module):
    """First those that bind the class, then those that may, then those that are no Python."""
    for path, text in contents.items():
        project(path, text)
    assert found() == module


@pytest.mark.parametrize("text", [OURS, "from .base import *\n", "from conf.prod import Settings\n"])
def test_settings_that_are_ours_beside_others_are_an_error(project, text):
    """Those that mention openviper do not go before those that are followed to it."""
    project("one/settings.py", OURS)
    project("mysite/base.py", OURS)
    project("mysite/settings.py", text)
    with pytest.raises(ImproperlyConfigured, match=r"holds 2 projects: mysite\.settings, one\.settings; name one"):
        find()


def test_a_file_whose_name_is_no_text_stands_beside_settings(project, tmp_path):
    """Its bytes are compared, not its characters."""
    (tmp_path / os.fsdecode(b"a\xffb")).mkdir()
    project("mysite/settings.py", STAR)
    assert found() == "mysite.settings"


def test_no_more_than_the_beginning_of_a_settings_file_is_read(project):
    """A file of any size may have the name."""
    project("big/settings.py", "#" * 100_000 + "\nimport openviper\n")
    project("mysite/settings.py", OURS)
    assert found() == "mysite.settings"


def test_several_candidates_are_an_error_that_lists_them(project):
    """Nothing is guessed."""
    project("one/settings.py")
    project("src/two/settings.py")
    with pytest.raises(ImproperlyConfigured, match=r"one\.settings, two\.settings; name one: OPENVIPER_SETTINGS_"):
        find()


@pytest.mark.parametrize(
    ("reason", "text", "words"),
    [
        ("no TOML", "[tool.openviper\n", "is not TOML"),
        ("not UTF-8", "# openviper \xff", "is not TOML"),
        ("a number", "[tool.openviper]\nsettings = 5\n", "settings=5"),
        ("empty", "[tool.openviper]\nsettings = ' '\n", "is not a module name"),
        ("a list", "[tool.openviper]\nsettings = ['a']\n", "is not a module name"),
        ("no name", "[tool.openviper]\nsettings = 'a b'\n", "settings='a b' ([tool.openviper] in "),
        ("no table", "[tool]\nopenviper = 'mysite.settings'\n", "expected settings = 'mysite.settings'"),
    ],
)
def test_a_pyproject_that_cannot_be_used_is_an_error(project, tmp_path, reason, text, words):
    """The file is named, and what is wrong with it."""
    (tmp_path / "pyproject.toml").write_bytes(text.encode("latin-1"))
    with pytest.raises(ImproperlyConfigured) as caught:
        find()
    assert words in str(caught.value), reason
    assert str(tmp_path / "pyproject.toml") in str(caught.value)


def test_a_byte_order_mark_before_a_pyproject_is_no_part_of_it(project, tmp_path):
    """Some editors write it; TOML itself has none."""
    (tmp_path / "pyproject.toml").write_bytes(b"\xef\xbb\xbf" + TABLE.encode())
    assert found() == "table.settings"


MAKERS = {
    "named pipe": os.mkfifo,
    "folder": Path.mkdir,
    "link that cannot be followed": lambda path: path.symlink_to("gone"),
}


@pytest.mark.parametrize("kind", MAKERS)
@pytest.mark.parametrize("path", ["settings.py", "mysite/settings.py", "src/mysite/settings.py", "pyproject.toml"])
def test_what_is_no_file_is_refused_and_no_other_project_taken(project, tmp_path, kind, path):
    """Nobody waits for what is written into a pipe, and the project around this folder is another one."""
    project("pyproject.toml", TABLE)
    inner = tmp_path / "inner"
    (inner / path).parent.mkdir(parents=True)
    if path != "pyproject.toml":
        (inner / "pyproject.toml").touch()
    MAKERS[kind](inner / path)
    with pytest.raises(ImproperlyConfigured) as caught:
        find_settings(str(inner), {})
    assert str(caught.value).startswith(f"{inner / path} is a {kind}")
    assert str(caught.value).endswith("; expected a file, or nothing of that name")


def test_one_module_here_and_in_src_is_an_error_that_names_the_places(project, tmp_path):
    """Naming the module would not tell them apart."""
    project("mysite/settings.py")
    project("src/mysite/settings.py")
    with pytest.raises(ImproperlyConfigured) as caught:
        find()
    assert str(caught.value) == (
        f"mysite.settings stands in {tmp_path} and in its src; move or rename one of the folders"
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[project]\nname='x'\n",
        "[tool.openviper]\nother = 1\n",
        "[tool.x]\n# openviper\n",
        "tool = 'openviper'",
        "[tool",
    ],
)
def test_a_pyproject_without_a_word_about_it_is_passed_over(project, text):
    """Then the layout tells."""
    project("pyproject.toml", text)
    project("settings.py")
    assert found() == "settings"


def test_where_modules_are_looked_for(project, tmp_path):
    """Each folder and its ``src``: for a variable the current one first, for a table its own alone."""
    project("src/x.txt")
    project("below/src/x.txt")
    here, below = str(tmp_path), str(tmp_path / "below")
    own = (Root(here, here), Root(here, str(tmp_path / "src")))
    assert roots_of(here, here) == own
    assert find_settings(below, NAMED).roots == (*roots_of(below), *own)
    project("pyproject.toml", TABLE)
    assert find_settings(below, {}) == FoundSettings(
        "table.settings", f"[tool.openviper] in {tmp_path / 'pyproject.toml'}", own
    )


def test_the_layout_tells_the_one_folder_to_import_from(project, tmp_path):
    """Another framework's package of the same name stands beside ``src``."""
    project("mysite/settings.py", THEIRS)
    project("src/mysite/settings.py")
    assert find().roots == (Root(str(tmp_path), str(tmp_path / "src")),)
    assert find().is_found_by_layout
    assert not find(NAMED).is_found_by_layout


def test_the_current_directory_is_searched_unless_another_is_named(project, tmp_path, monkeypatch):
    """It may change meanwhile; what was named stays."""
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    assert search_folder() == str(tmp_path / "below")
    search_from(str(tmp_path))
    try:
        assert search_folder() == str(tmp_path)
    finally:
        search_from(None)
    assert search_folder() == str(tmp_path / "below")


@pytest.mark.parametrize(
    ("name", "where", "found_by"),
    [
        ("table.settings", "environment", "[tool.openviper] in it"),
        ("other.settings", "environment", "OPENVIPER_SETTINGS_MODULE"),
        ("table.settings", ".env, line 2", "OPENVIPER_SETTINGS_MODULE in .env, line 2"),
    ],
)
def test_who_chose_the_settings_is_told_and_not_the_variable_that_hands_them_on(project, name, where, found_by):
    """A command puts what it found into the variable, for child processes; another value is somebody else's."""
    chosen = FoundSettings("table.settings", "[tool.openviper] in it", roots_of(str(Path.cwd())))
    search_from(str(Path.cwd()), chosen)
    try:
        assert chosen_settings() is chosen
        assert find({"OPENVIPER_SETTINGS_MODULE": Variable(name, where)}).found_by == found_by
    finally:
        search_from(None)
    assert chosen_settings() is None


def test_settings_env_file_and_apps_are_looked_for_in_the_folder_that_is_named(tmp_path):
    """A real process, for under pytest .env is not read; the one of the current directory does not count."""
    site, elsewhere = tmp_path / "site", tmp_path / "elsewhere"
    for folder in (site, elsewhere):
        folder.mkdir()
        (folder / "pyproject.toml").touch()
    (site / "settings.py").write_text(OURS)
    (site / ".env").write_text("OPENVIPER_TIME_ZONE=Asia/Tokyo\n")
    (elsewhere / ".env").write_text("OPENVIPER_TIME_ZONE=Asia/Seoul\n")
    code = (
        f"from openviper.core.projects import search_from; search_from({str(site)!r})\n"
        "from openviper.conf import settings; from openviper.core.app_resolver import AppResolver\n"
        "print(settings.source, settings.TIME_ZONE, *AppResolver().get_app_dirs(), sep='|')"
    )
    kept = {name: text for name, text in os.environ.items() if not name.startswith(("OPENVIPER_", "PYTEST_"))}
    printed = subprocess.check_output([sys.executable, "-c", code], cwd=elsewhere, env=kept, text=True, timeout=30)
    assert printed == f"settings (the root layout of {site})|Asia/Tokyo|{site}\n"


def test_a_current_directory_that_was_deleted_is_an_error_in_a_sentence(tmp_path, monkeypatch):
    """As a shell is left in one; a folder that was named is found all the same."""
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(ImproperlyConfigured, match=r"the current directory, .* does not exist any more"):
        search_folder()


@pytest.mark.parametrize(
    ("current", "searched", "named", "expected"),
    [
        (".", None, None, "."),
        ("sub", None, None, "."),
        ("sub", None, "mysite.settings", "."),
        ("sub", None, "json.decoder", "sub"),
        ("sub/deep", ".", None, "."),
        ("nested", None, None, "nested"),
        ("empty", None, None, "empty"),
    ],
)
def test_the_project_s_root_is_where_its_settings_are_imported_from(
    project, tmp_path, monkeypatch, current, searched, named, expected
):
    """Its own folder, not src in it; without a project, where it is looked for."""
    project("pyproject.toml", TABLE.replace("table", "mysite"))
    project("src/mysite/settings.py")
    project("sub/deep/x", "")
    project("nested/pyproject.toml", TABLE.replace("table", "nested"))
    project("nested/nested/settings.py")
    project("empty/pyproject.toml", "")
    monkeypatch.delenv("OPENVIPER_SETTINGS_MODULE", raising=False)
    if named is not None:
        monkeypatch.setenv("OPENVIPER_SETTINGS_MODULE", named)
    monkeypatch.chdir(tmp_path / current)
    search_from(str(tmp_path / searched) if searched else None)
    try:
        assert Path(project_root()) == tmp_path / expected
    finally:
        search_from(None)
