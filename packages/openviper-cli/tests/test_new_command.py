"""Which files a new management command has, and where."""

from __future__ import annotations

import pytest

from openviper.cli._app_lookup import find_app
from openviper.cli._new_command import command_files
from openviper.cli.errors import CommandLineError

OWN = "shop/management/commands/sync_all.py"
INITS = ["shop/management/__init__.py", "shop/management/commands/__init__.py"]


def paths_for(folder, app="shop"):
    return [file.path for file in command_files(find_app(app, folder), folder, "sync-all", "sync_all")]


@pytest.mark.parametrize(
    ("there", "missing"),
    [
        ([], INITS),
        (["shop/management/x.txt"], INITS),
        (["shop/management/__init__.py"], INITS[1:]),
        (["shop/management/__init__.py", "shop/management/commands/__init__.py"], []),
    ],
)
def test_the_packages_that_are_missing_are_made(files, there, missing):
    """What is there stays as it is."""
    folder = files(dict.fromkeys(["shop/__init__.py", "shop/tests/__init__.py", *there], ""))
    assert paths_for(folder) == [*missing, OWN, "shop/tests/test_sync_all.py"]


@pytest.mark.parametrize(
    ("there", "tests", "imported"),
    [
        (["shop/tests/__init__.py", "tests/x.py"], ["shop/tests/test_sync_all.py"], "..management.commands.sync_all"),
        (["shop/tests/test_x.py"], ["shop/tests/test_sync_all.py"], "shop.management.commands.sync_all"),
        (["tests/test_x.py"], ["tests/test_shop_sync_all.py"], "shop.management.commands.sync_all"),
        (["shop/tests.py"], ["shop/test_sync_all.py"], ".management.commands.sync_all"),
        ([], ["shop/tests/__init__.py", "shop/tests/test_sync_all.py"], "..management.commands.sync_all"),
    ],
)
def test_its_test_stands_where_the_tests_are(files, there, tests, imported):
    """The app's own go before the project's."""
    folder = files(dict.fromkeys(["shop/__init__.py", *there], ""))
    made = command_files(find_app("shop", folder), folder, "sync-all", "sync_all")
    assert [file.path for file in made if "management" not in file.path] == tests
    assert f"from {imported} import handle\n" in made[-1].content


@pytest.mark.parametrize("there", ["shop/tests.py", "shop/tests/__init__.py", "shop/models.py"])
def test_without_an_init_file_the_test_names_the_whole_module(files, there):
    """pytest takes the tests of such an app for a package without a parent, or for none."""
    folder = files({"shop/apps.py": "", there: ""})
    *_, test = command_files(find_app("shop", folder), folder, "sync-all", "sync_all")
    assert "from shop.management.commands.sync_all import handle\n" in test.content


def test_in_the_root_layout_the_modules_have_no_package(files):
    """They are imported from the project's folder."""
    folder = files({"settings.py": ""})
    *_, own, test = command_files(find_app(folder.name, folder), folder, "sync-all", "sync_all")
    assert (own.path, test.path) == ("management/commands/sync_all.py", "tests/test_sync_all.py")
    assert "from management.commands.sync_all import handle\n" in test.content


def test_the_first_line_of_its_docstring_is_its_help(files):
    """The command and its app are in it."""
    folder = files({"shop/__init__.py": ""})
    own = next(file for file in command_files(find_app("shop", folder), folder, "sync-all", "x") if file.content)
    assert own.content.startswith('"""Do what sync-all of shop is for')


@pytest.mark.parametrize(
    "there",
    [
        "shop/management/commands/sync_all.py",
        "shop/management/commands/Sync_All.py",
        "shop/management/commands/sync_all/__init__.py",
        "shop/tests/test_sync_all.py",
        "shop/management.py",
        "shop/management/commands.py",
        "shop/management",
    ],
)
def test_what_is_there_is_named(files, there):
    """It would be replaced, or hidden."""
    folder = files({"shop/__init__.py": "", there: ""})
    with pytest.raises(CommandLineError, match=there.removesuffix("/__init__.py")):
        paths_for(folder)
