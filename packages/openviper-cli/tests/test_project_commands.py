"""Finding the command files of a project's apps."""

from __future__ import annotations

import os

import pytest

from openviper.cli._project_commands import apps_with, command_name, find_commands, may_hold_command


@pytest.fixture
def site(files, monkeypatch):
    """Write files below a folder that is on ``sys.path``; return the folder."""

    def write(*names):
        folder = files(dict.fromkeys(names, ""))
        monkeypatch.syspath_prepend(str(folder))
        return folder

    return write


def found(commands):
    return {name: [(each.app, each.module) for each in files] for name, files in commands.files.items()}


@pytest.mark.parametrize("app", ["gatherapp", "gathersite.apps.shop"])
def test_the_files_of_an_app_are_its_commands(site, app):
    """Whether it is a package at the top or deep below; none needs an ``__init__.py``, and none is imported."""
    folder = app.replace(".", "/")
    site(*(f"{folder}/management/commands/{name}.py" for name in ("send_digest", "clean", "import")))
    commands = find_commands([app])
    assert found(commands) == {
        "clean": [(app, f"{app}.management.commands.clean")],
        "import": [(app, f"{app}.management.commands.import")],
        "send-digest": [(app, f"{app}.management.commands.send_digest")],
    }
    assert commands.unusable == {}


def test_the_folder_of_the_root_layout_is_an_app(site):
    """Labelled by its name; its modules stand at the top."""
    folder = site("settings.py", "management/commands/clean.py")
    assert found(find_commands([], str(folder))) == {"clean": [(folder.name, "management.commands.clean")]}


def test_what_is_no_command_is_not_taken_for_one(site):
    """Private modules, packages, leftovers of editors, compiled files."""
    names = ["__init__.py", "_shared.py", ".#lock.py", "notes.txt", "old.pyc", "package/__init__.py", "README"]
    site(*(f"gatherapp/management/commands/{name}" for name in names))
    assert find_commands(["gatherapp"]) == ({}, {})


@pytest.mark.parametrize("name", ["send-digest.py", "1st.py", "two words.py", "a.b.py", "\x1b[2J.py", ".py"])
def test_a_name_that_no_module_can_have_is_told(site, name):
    """Rather than left out in silence; its escapes do nothing."""
    site(f"gatherapp/management/commands/{name}")
    commands = find_commands(["gatherapp"])
    assert commands.files == {}
    if name != ".py":
        (reason,) = commands.unusable.values()
        assert "is no name for a module" in reason
        assert reason.isprintable()


@pytest.mark.parametrize(
    "app", ["nowhere", "gatherflat", "gather-app", "a..b", "", ".", "gatherapp.nowhere", "json.tool"]
)
def test_an_app_that_has_no_folder_of_its_own_has_no_commands(site, app):
    """Not found, no name at all, or a single module, beside which somebody else's folders stand."""
    site("gatherflat.py", "management/commands/clean.py", "gatherapp/__init__.py")
    assert find_commands([app]) == ({}, {})


def test_two_apps_with_one_command_are_both_kept(site):
    """In their order; which of them runs is not for the finding to say."""
    site("gathera/management/commands/clean.py", "gatherb/management/commands/clean.py")
    assert [app for app, _ in found(find_commands(["gatherb", "gathera"]))["clean"]] == ["gatherb", "gathera"]


def test_an_app_that_is_named_twice_counts_once(site):
    """The root layout's folder may be installed under its own name too."""
    folder = site("gatherapp/management/commands/clean.py")
    assert len(find_commands(["gatherapp", "gatherapp"], str(folder / "gatherapp")).files["clean"]) == 1


@pytest.mark.parametrize("place", ["management", "management/commands"])
def test_a_file_where_the_folder_should_be_holds_nothing(site, place):
    """No error: the app has no commands."""
    site(f"gatherapp/{place}")
    assert find_commands(["gatherapp"]) == ({}, {})


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_cannot_be_read_is_told(site):
    """The other apps' commands are there."""
    folder = site("gatherapp/management/commands/clean.py") / "gatherapp" / "management" / "commands"
    folder.chmod(0)
    try:
        assert list(find_commands(["gatherapp"]).unusable) == [str(folder)]
    finally:
        folder.chmod(0o700)


def test_a_name_is_typed_with_hyphens():
    """As those of the distributions."""
    assert command_name("send_daily_digest") == "send-daily-digest"


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("management/commands/send_digest.py", True),
        ("mysite/apps/shop/management/commands/send_digest.py", True),
        ("tests/shop/management/commands/send_digest.py", True),
        ("static/shop/management/commands/send_digest.py", True),
        ("mysite/management/commands/other.py", False),
        ("mysite/commands/send_digest.py", False),
        ("node_modules/shop/management/commands/send_digest.py", False),
        (".hidden/shop/management/commands/send_digest.py", False),
        ("a/b/c/d/e/f/g/h/management/commands/send_digest.py", False),
    ],
)
def test_a_command_of_the_project_can_be_ruled_out_by_its_folders(files, file, expected):
    """Without its settings, which nothing shall read before the command that runs."""
    assert may_hold_command(str(files({file: "", "mysite/app.py": ""})), "send-digest") is expected


def test_an_app_that_a_link_leads_to_may_hold_it(files):
    """It is found by its name there."""
    folder = files({"elsewhere/management/commands/clean.py": "", "site/readme": ""})
    (folder / "site/shop").symlink_to(folder / "elsewhere")
    assert may_hold_command(str(folder / "site"), "clean")


def test_an_environment_in_the_folder_is_not_looked_through(files):
    """What is installed there is not the project's own."""
    folder = files({"venv/pyvenv.cfg": "", "venv/lib/shop/management/commands/clean.py": ""})
    assert not may_hold_command(str(folder), "clean")


def test_a_tree_without_end_is_not_ruled_out(tmp_path):
    """A home folder; a link to itself is not followed."""
    (tmp_path / "self").symlink_to(tmp_path)
    assert not may_hold_command(str(tmp_path), "clean")
    for number in range(1001):
        (tmp_path / f"folder_{number}").mkdir()
    assert may_hold_command(str(tmp_path), "clean")


def test_the_folders_that_have_a_command_are_named(files):
    """By their dotted names; neither the folder itself nor what a build has left, nor more than a thousand."""
    folder = files(
        {
            f"{app}management/commands/send_it.py": ""
            for app in ("", "shop/", "mysite/blog/", "build/lib/shop/", "dist/x/", "zoo/" * 7)
        }
    )
    assert list(apps_with(str(folder), "send-it")) == ["mysite.blog", "shop"]
    assert list(apps_with(str(folder), "_send-it")) == []
    for number in range(1000):
        (folder / f"a{number}").mkdir()
    assert list(apps_with(str(folder), "send-it")) == []
