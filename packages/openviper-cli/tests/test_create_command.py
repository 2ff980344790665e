"""``viperctl create-command``, and the command that it makes."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from small_programs import SETTINGS

FULL_DISK = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))
from openviper.cli import main
sys.exit(main())
"""


@pytest.fixture
def shop(openviper, tmp_path):
    """A new project."""
    assert openviper("create-project", "shop").returncode == 0
    return tmp_path / "shop"


@pytest.fixture
def app(files):
    """A package alone; the folder that it is in."""
    return files({"blog/__init__.py": ""})


def test_the_command_and_its_test_are_made(openviper, app):
    """With the packages that were missing."""
    result = openviper("viperctl", "create-command", "import-prices", "blog")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == (
        "Created blog/management/commands/import_prices.py and blog/tests/test_import_prices.py. Next once 'blog' "
        "is in INSTALLED_APPS:\n\n  openviper viperctl import-prices\n"
    )
    assert {str(each.relative_to(app)) for each in app.rglob("*.py")} == {
        "blog/__init__.py", "blog/management/__init__.py", "blog/management/commands/__init__.py",
        "blog/management/commands/import_prices.py", "blog/tests/__init__.py", "blog/tests/test_import_prices.py",
    }  # fmt: skip


NOTE = 'Note: the app {app!r} is not installed: add to INSTALLED_APPS of mysite.settings: "{app}"\n'


@pytest.mark.parametrize(
    ("app", "directory", "once", "note"),
    [
        ("shop", ".", "", ""),
        ("shop", "mysite", "", ""),
        ("blog", ".", " once 'mysite.blog' is in INSTALLED_APPS", NOTE.format(app="mysite.blog")),
        ("users", "apps", " once 'apps.users' is in INSTALLED_APPS", NOTE.format(app="apps.users")),
        ("far", "..", " once 'far' is in INSTALLED_APPS", ""),
    ],
)
def test_an_app_that_is_not_installed_is_told(openviper, files, app, directory, once, note):
    """On stderr, with what installs it; an app elsewhere is no business of the project in force."""
    folders = ("mysite/mysite/shop", "mysite/mysite/blog", "mysite/apps/users", "far", "mysite/mysite")
    settings = {"mysite/mysite/settings.py": SETTINGS.format(apps=("mysite.shop",)), "mysite/pyproject.toml": ""}
    folder = files({f"{each}/__init__.py": "" for each in folders} | settings) / "mysite"
    result = openviper("viperctl", "create-command", "sync", app, "-d", directory, cwd=folder)
    assert (result.returncode, result.stderr) == (0, note)
    assert f". Next{once}:\n" in result.stdout


def test_where_settings_cannot_be_read_nothing_is_told_of_them(openviper, files):
    """The command is made; whatever is wrong with them is for other commands to say."""
    files({"mysite/__init__.py": "", "mysite/settings.py": "from openviper.conf import BaseSettings\n1 / 0"})
    result = openviper("viperctl", "create-command", "sync", "mysite")
    assert (result.returncode, result.stderr) == (0, "")
    assert "Next once 'mysite' is in INSTALLED_APPS:" in result.stdout


@pytest.mark.parametrize("name", ["sync", "import-prices", "x" * 15 + "-" + "y" * 20])
def test_alone_it_passes_what_it_has_to(openviper, app, passes, name):
    """Whatever the length of its name."""
    assert openviper("viperctl", "create-command", name, "blog").returncode == 0
    passes(app, "blog")


def test_in_an_app_without_an_init_file_it_runs_and_is_tested(openviper, files):
    """As the app's other commands do."""
    settings = "from openviper.conf import BaseSettings\nclass Settings(BaseSettings): INSTALLED_APPS = ('a.shop',)\n"
    folder = files({"settings.py": settings, "a/shop/management/commands/old.py": "def handle(): pass"})
    assert openviper("viperctl", "create-command", "sync", "shop").returncode == 0
    assert openviper("viperctl", "sync").returncode == 0
    tested = openviper("-q", "-p", "no:cacheprovider", command=("-m", "pytest"), PYTHONPATH=str(folder))
    assert tested.returncode == 0, tested.stdout


def test_in_a_project_it_passes_what_it_has_to(openviper, shop, passes):
    """Of the project's own package and of a new app, two commands each, with all other tests."""
    openviper("create-app", "blog", cwd=shop)
    for name, app in (("sync", "shop"), ("tidy-up", "shop"), ("count", "blog"), ("sort_out", "blog")):
        assert openviper("viperctl", "create-command", name, app, cwd=shop).returncode == 0
    passes(shop, ".")


def test_the_first_command_stays_when_a_second_comes(openviper, app):
    """The packages are there already."""
    openviper("viperctl", "create-command", "sync", "blog")
    before = {path: path.read_text() for path in app.rglob("*.py")}
    assert openviper("viperctl", "create-command", "tidy", "blog").returncode == 0
    assert {path: path.read_text() for path in before} == before


def test_the_directory_is_where_the_app_is(openviper, app):
    """From anywhere."""
    (app / "elsewhere").mkdir()
    result = openviper("viperctl", "create-command", "sync", "blog", "-d", "..", cwd=app / "elsewhere")
    assert result.returncode == 0, result.stderr
    assert (app / "blog/management/commands/sync.py").is_file()


@pytest.mark.parametrize(
    ("command", "app_name", "part"),
    [
        ("import", "blog", "'COMMAND': 'import' is a keyword of Python"),
        ("json", "blog", "'COMMAND': 'json' is a module of the standard library"),
        ("a.b", "blog", "did you mean 'a_b'?"),
        ("\u0455ync", "blog", "CYRILLIC SMALL LETTER DZE"),
        ("check", "blog", "is a command of openviper-cli already; choose another name"),
        ("start_server", "blog", "such as 'start-server-blog'"),
        ("migrate", "blog", "such as 'migrate-blog'"),
        ("sync", "blgo", "'APP': there is no app 'blgo'"),
        ("sync", "blgo", "did you mean 'blog'?"),
        ("sync", "../blog", "'APP': there is no app"),
        ("sync", "tests", "'APP': there is no app"),
        ("sync", "", "'APP': there is no app"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_written(openviper, app, command, app_name, part):
    """Wrong usage: exit code 2."""
    result = openviper("viperctl", "create-command", command, app_name, COLUMNS="500")
    assert result.returncode == 2
    assert part in result.stderr
    assert sorted(app.rglob("*")) == [app / "blog", app / "blog/__init__.py"]


@pytest.mark.parametrize("name", ["sync-all", "sync_all", "Sync-All"])
def test_a_command_that_is_there_is_left_alone(openviper, app, name):
    """In other letters of case too."""
    openviper("viperctl", "create-command", "sync-all", "blog")
    own = app / "blog/management/commands/sync_all.py"
    own.write_text("# mine\n")
    result = openviper("viperctl", "create-command", name, "blog")
    assert result.returncode == 2
    assert "sync_all.py is there already; nothing was written" in " ".join(result.stderr.split())
    assert own.read_text() == "# mine\n"


def test_a_command_of_another_app_is_no_name(openviper, app):
    """Which of them is meant could not be told."""
    (app / "stock").mkdir()
    (app / "stock/__init__.py").touch()
    openviper("viperctl", "create-command", "sync", "blog")
    result = openviper("viperctl", "create-command", "sync", "stock", COLUMNS="200")
    assert result.returncode == 2
    assert "'sync' is a command of blog already; choose another name, such as 'sync-stock'" in result.stderr
    assert list((app / "stock").iterdir()) == [app / "stock/__init__.py"]


@pytest.mark.parametrize("link", ["blog", "blog/management", "blog/tests"])
def test_nothing_is_written_where_a_link_leads_out(openviper, files, link):
    """It is said where that would have been."""
    folder = files({"elsewhere/__init__.py": "", "site/readme.txt": ""})
    place = folder / "site" / link
    if place.parent.name == "blog":
        place.parent.mkdir()
        (place.parent / "__init__.py").touch()
    place.symlink_to(folder / "elsewhere")
    before = sorted(folder.rglob("*"))
    result = openviper("viperctl", "create-command", "sync", "blog", cwd=folder / "site")
    assert result.returncode == 1
    assert f"{folder / 'elsewhere'}" in result.stderr
    assert "a link leads there; nothing was written" in result.stderr
    assert sorted(folder.rglob("*")) == before


def test_a_link_inside_is_followed_and_shown(openviper, app):
    """By where it leads."""
    (app / "alias").symlink_to("blog")
    result = openviper("viperctl", "create-command", "sync", "alias")
    assert result.returncode == 0
    assert f"({app / 'blog/management/commands/sync.py'})" in result.stdout


def test_a_full_disk_leaves_what_was_there(openviper, app):
    """One sentence, exit code 1."""
    result = openviper("viperctl", "create-command", "sync", "blog", command=("-c", FULL_DISK))
    assert result.returncode == 1
    assert re.fullmatch(r"Error: blog/\S+\.py cannot be written: File too large; nothing was added\n", result.stderr)
    assert sorted(app.rglob("*")) == [app / "blog", app / "blog/__init__.py"]


def test_by_the_projects_own_script_too(shop):
    """``python viperctl.py create-command``."""
    command = [sys.executable, "viperctl.py", "create-command", "sync", "shop"]
    assert subprocess.run(command, cwd=shop, check=False, capture_output=True).returncode == 0
    assert (shop / "tests/test_shop_sync.py").is_file()


def test_the_folder_of_a_project_is_no_app(openviper, tmp_path):
    """Called one folder too high, the command would stand beside the project's package, whose name is the same."""
    assert openviper("create-project", "mysite").returncode == 0

    def files():
        return {each for each in tmp_path.rglob("*") if "__pycache__" not in each.parts and each.is_file()}

    before = files()
    assert openviper("viperctl", "create-command", "tidy", "mysite").returncode == 0
    created = {str(each.relative_to(tmp_path)) for each in files() - before}
    package = "mysite/mysite/management"
    assert created == {
        f"{package}/__init__.py",
        f"{package}/commands/__init__.py",
        f"{package}/commands/tidy.py",
        "mysite/mysite/tests/__init__.py",
        "mysite/mysite/tests/test_tidy.py",
    }
    assert not (tmp_path / "mysite" / "management").exists()
