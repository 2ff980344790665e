"""The files of a new app."""

from __future__ import annotations

import pytest

from openviper.cli._new_app import app_files, in_folder
from openviper.cli._scaffold import ScaffoldFile

DATABASE = """
import sys
from types import ModuleType
sys.modules["openviper.db"] = ModuleType("openviper.db")
from openviper.cli import main
sys.exit(main())
"""


def test_the_files_are_these():
    """Models mean nothing without a database."""
    assert {file.path for file in app_files("blog")} == {
        "__init__.py", "apps.py", "routes.py", "views.py", "tests/__init__.py", "tests/test_apps.py",
        "tests/test_routes.py",
    }  # fmt: skip


def test_a_folder_goes_in_front_of_their_paths():
    """The rest stays."""
    assert in_folder("a/b", [ScaffoldFile("c.py", "x", 0o600)]) == [ScaffoldFile("a/b/c.py", "x", 0o600)]


@pytest.mark.parametrize(
    ("args", "models"),
    [(["create-app", "blog"], "blog/models.py"), (["create-project", "shop", "--full"], "shop/shop/main/models.py")],
)
def test_with_a_database_there_are_models(openviper, tmp_path, args, models):
    """Where openviper-db is installed."""
    result = openviper(*args, command=("-c", DATABASE))
    assert result.returncode == 0, result.stderr
    assert "makemigrations" in (tmp_path / models).read_text()
