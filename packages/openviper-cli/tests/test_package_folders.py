"""The folders that can be packages."""

from __future__ import annotations

import pytest

from openviper.cli._package_folders import package_folders


@pytest.fixture
def names(files):
    """Write empty files; return the dotted names of the folders that can be packages."""
    return lambda *paths: [name for name, _, _ in package_folders(str(files(dict.fromkeys(paths, ""))))]


def test_each_folder_stands_before_those_in_it(names):
    """By name, with an ``__init__.py`` or without; the first is where the looking began."""
    assert names("shop/main/x.py", "blog/__init__.py") == ["", "blog", "shop", "shop.main"]


@pytest.mark.parametrize(
    "path",
    ["venv/pyvenv.cfg", ".git/x", "__pycache__/x", "no-name/x", "node_modules/x", "file"],
)
def test_what_holds_no_packages_is_left_out(names, path):
    """However much stands in it."""
    assert names(path) == [""]


def test_what_may_hold_an_app_is_looked_through(names):
    """INSTALLED_APPS may name one among the tests, or below a folder of static files."""
    assert names("tests/shop/x", "static/x", "_private/x") == ["", "_private", "static", "tests", "tests.shop"]


def test_others_are_left_out_where_they_are_named(files):
    """With all that is in them."""
    folder = files({"static/shop/x": "", "shop/static/x": "", "node_modules/x": ""})
    assert [name for name, _, _ in package_folders(str(folder), without={"static"})] == ["", "node_modules", "shop"]


def test_six_levels_are_looked_through(names):
    """A tree without end is none of a project's."""
    assert names("a/b/c/d/e/f/g/x")[-1] == "a.b.c.d.e.f"


def test_where_it_begins_may_be_an_environment_or_nowhere(names, tmp_path):
    """Some make theirs in the project's own folder."""
    assert names("pyvenv.cfg", "shop/x") == ["", "shop"]
    assert [name for name, _, _ in package_folders(str(tmp_path / "nowhere"))] == [""]


def test_what_a_link_leads_to_is_there_and_not_looked_through(names, tmp_path):
    """It may lead back, or to nothing."""
    for name, place in (("again", "."), ("itself", "itself"), ("gone", "nowhere")):
        (tmp_path / name).symlink_to(place)
    assert names("shop/x") == ["", "again", "shop"]


def test_the_names_of_what_stands_there_come_with_it(files):
    """So that nobody asks for each again."""
    folder = files({"shop/__init__.py": "", "shop/apps.py": ""})
    *_, (name, path, entries) = package_folders(str(folder))
    assert (name, path, sorted(entries)) == ("shop", str(folder / "shop"), ["__init__.py", "apps.py"])
