"""Finding an app by its label or its dotted name."""

from __future__ import annotations

from pathlib import Path

import pytest

from openviper.cli._app_lookup import apps_of, dotted_name, find_app
from openviper.cli.errors import CommandLineError
from openviper.core.projects import search_from

OURS = "from openviper.conf import BaseSettings\nclass Settings(BaseSettings): pass\n"


@pytest.fixture
def site(files):
    """A project with apps in several places."""
    paths = [
        "shop/__init__.py", "shop/main/__init__.py", "shop/old/users/__init__.py", "users/__init__.py",
        "apps/blog/__init__.py", "src/stock/__init__.py", "shop/tests/__init__.py", "shop/main/management/__init__.py",
        "tests/site/__init__.py", "venv/pyvenv.cfg", "venv/lib/click/__init__.py",
        "node_modules/left/__init__.py", ".hidden/secret/__init__.py",
    ]  # fmt: skip
    return files(dict.fromkeys(paths, ""))


@pytest.mark.parametrize(
    ("name", "dotted", "path"),
    [
        ("shop", "shop", "shop"),
        ("main", "shop.main", "shop/main"),
        ("shop.main", "shop.main", "shop/main"),
        ("users", "users", "users"),
        ("shop.old.users", "shop.old.users", "shop/old/users"),
        ("blog", "apps.blog", "apps/blog"),
        ("stock", "stock", "src/stock"),
    ],
)
def test_an_app_is_found(site, name, dotted, path):
    """In the folder or its src; the dotted name goes before the label."""
    app = find_app(name, site)
    assert (app.name, app.path) == (dotted, site / path)


@pytest.mark.parametrize(
    ("file", "name", "dotted"),
    [
        ("stock/apps.py", "stock", "stock"),
        ("apps/stock/models.py", "apps.stock", "apps.stock"),
        ("apps/stock/management/commands/x.py", "stock", "apps.stock"),
        ("docs/management/commands/x.py", "docs", "docs"),
        ("src/a/b/stock/__init__.py", "stock", "a.b.stock"),
        ("a/b/c/d/stock/__init__.py", "stock", "a.b.c.d.stock"),
        ("a/b/c/d/e/f/g/h/stock/__init__.py", "a.b.c.d.e.f.g.h.stock", "a.b.c.d.e.f.g.h.stock"),
    ],
)
def test_what_can_be_imported_is_found(files, file, name, dotted):
    """Without an ``__init__.py``, and in any depth."""
    folder = files({file: ""})
    app = find_app(name, folder)
    assert app.name == dotted
    assert (folder / file).is_relative_to(app.path)


@pytest.mark.parametrize("name", ["apps", "tests", "static", "shop.tests", "..shop", "apps.", "no", "n" * 300])
def test_a_folder_that_is_no_app_is_none(files, name):
    """It holds no module, or something else than an app."""
    folder = files({"apps/shop/apps.py": "", "tests/test_x.py": "", "static/x.js": "", "shop/tests/test_x.py": ""})
    with pytest.raises(CommandLineError, match="there is no app"):
        find_app(name, folder)


def test_a_relative_folder_stays_relative(site, monkeypatch):
    """As messages show it."""
    monkeypatch.chdir(site)
    assert find_app("stock", Path()).path == Path("src/stock")


@pytest.mark.parametrize(("directory", "name", "dotted"), [("shop", "main", "shop.main"), ("shop", "shop", "shop")])
def test_inside_of_a_package_the_name_is_the_whole_one(site, directory, name, dotted):
    """It is imported from outside."""
    assert find_app(name, site / directory).name == dotted


def test_in_the_root_layout_the_folder_is_an_app(files):
    """Labelled by its name; its modules are in no package."""
    folder = files({"settings.py": ""})
    app = find_app(folder.name, folder)
    assert (app.name, app.path, app.module("management")) == ("", folder, "management")


@pytest.mark.parametrize(
    ("contents", "name"),
    [
        ({"settings.py": ""}, ""),
        ({"settings.py": "DJANGO = True", "mysite/settings.py": OURS}, None),
        ({"settings.py": OURS, "pyproject.toml": "[tool.openviper]\nsettings = 'mysite.settings'\n"}, None),
        ({"settings.py": OURS, "__init__.py": ""}, "{folder}"),
    ],
)
def test_a_folder_with_settings_is_an_app_where_they_are_the_projects(files, contents, name):
    """A stray file makes none of it, and a package elsewhere belongs to the project around it."""
    folder = files(contents)
    own = next((app.name for app in apps_of(folder) if app.path == folder), None)
    assert own == (name and name.format(folder=folder.name))


def test_a_project_in_force_is_named_as_its_commands_are(files):
    """In the root layout its modules are imported without a prefix, even where an __init__.py stands there."""
    folder = files({"settings.py": OURS, "__init__.py": "", "shop/__init__.py": ""})
    search_from(str(folder))
    try:
        assert [app.name for app in apps_of(folder)] == ["", "shop"]
    finally:
        search_from(None)


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("shpo", "did you mean 'shop'?"),
        ("shop.mian", "did you mean 'shop.main'?"),
        ("shop/main", "did you mean 'shop.main'?"),
        ("Blog", "did you mean 'blog'?"),
        ("zzz", "there are apps.blog, shop, shop.main, shop.old.users, users, stock"),
        ("tests", "there are "),
        ("click", "there are "),
        ("../users", "users"),
    ],
)
def test_an_unknown_app_is_refused_with_those_that_there_are(site, name, part):
    """Neither environments nor tests are among them."""
    with pytest.raises(CommandLineError, match="there is no app") as caught:
        find_app(name, site)
    assert part in str(caught.value)
    assert "venv" not in str(caught.value)


def test_two_apps_of_one_label_are_both_named(files):
    """The dotted name tells them apart."""
    folder = files({"a/users/__init__.py": "", "b/users/__init__.py": ""})
    with pytest.raises(CommandLineError, match=r"'users' is the label of a\.users and b\.users"):
        find_app("users", folder)


def test_a_folder_without_apps_says_how_to_make_one(tmp_path):
    """The next step."""
    with pytest.raises(CommandLineError, match="create-app NAME"):
        find_app("shop", tmp_path)


def test_a_link_in_a_circle_is_no_other_app(files):
    """What it leads to was found already."""
    folder = files({"shop/__init__.py": ""})
    (folder / "shop/again").symlink_to(".")
    assert find_app("shop", folder).name == "shop"


@pytest.mark.parametrize(
    ("folder", "root", "name"),
    [
        ("users", ".", "users"),
        ("shop/new", ".", "shop.new"),
        ("shop/new", "shop", "shop.new"),
        ("apps/new", ".", "apps.new"),
        ("src/new", "src", "new"),
        ("apps/new", "src", "new"),
    ],
)
def test_a_package_is_named_as_it_is_imported(site, folder, root, name):
    """Below what is on sys.path; packages around it count."""
    assert dotted_name(site / folder, site / root) == name
