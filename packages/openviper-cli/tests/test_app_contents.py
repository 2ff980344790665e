"""What an app brings, without importing it."""

from __future__ import annotations

import pytest

from openviper.cli._app_contents import contents_of, contents_of_folder
from openviper.core.imports import Location


def package(folder):
    return Location(str(folder / "__init__.py"), [str(folder)])


@pytest.mark.parametrize(
    ("name", "source", "brings"),
    [
        ("__init__.py", "def ready(): 1 / 0", ("ready",)),
        ("__init__.py", "async def shutdown(): pass\nready = print", ("ready", "shutdown")),
        ("apps.py", "from .hooks import start as ready", ("ready",)),
        ("apps/__init__.py", "ready: object = print", ("ready",)),
        ("apps.py", "if True:\n    def ready(): pass", ("ready",)),
        ("apps.py", "def other():\n    ready = 1\nclass Some:\n    def shutdown(self): pass", ()),
        ("other.py", "def ready(): pass", ()),
        ("__init__.py", "import ready_made", ()),
        ("management/commands/sweep.py", "", ("commands",)),
        ("management/commands/__init__.py", "", ()),
        ("static/site.css", "", ("static",)),
        ("templates/a.html", "", ("templates",)),
        ("migrations/x", "", ("migrations",)),
        ("models/__init__.py", "", ("models",)),
        ("admin.py", "1 / 0", ("admin",)),
        ("middleware.py", "", ("middleware",)),
        ("static", "a file", ()),
    ],
)
def test_what_a_package_brings(files, name, source, brings):
    """Hooks by the sources of the package and its apps module, the rest by files and folders."""
    found = contents_of(package(files({f"shop/{name}": source}) / "shop"))
    assert (found.brings, found.problem) == (brings, "")


def test_all_of_it_in_one_order(files):
    """Whatever the order on disk."""
    folder = files({f"shop/{name}.py": "def ready(): pass" for name in ("routes", "checks", "models", "apps")}) / "shop"
    files({"shop/static/x": "", "shop/management/commands/sweep.py": "", "shop/management/commands/add_item.py": ""})
    found = contents_of(package(folder))
    assert found.brings == ("ready", "commands", "static", "models", "routes", "checks")
    assert found.commands == ("add-item", "sweep")


def test_only_what_runs_is_a_command(files):
    """As viperctl has it, under the name that is typed."""
    names = ("go_on", ".hidden", "_private", "bad-name", "1st")
    folder = files({f"shop/management/commands/{name}.py": "" for name in names}) / "shop"
    assert contents_of(package(folder)).commands == ("go-on",)


def test_a_single_module_has_hooks_and_its_folders_files(files):
    """As AppResolver gives the folder that it stands in; the modules beside it are not its own."""
    root = files({"clock.py": "def ready(): pass", "models.py": "", "templates/x": "", "management/commands/x.py": ""})
    found = contents_of(Location(str(root / "clock.py"), None))
    assert (found.brings, found.commands) == (("ready", "templates"), ())


def test_a_namespace_package_is_looked_through(files):
    """All of its folders."""
    root = files({"a/shop/static/x": "", "b/shop/apps.py": "def ready(): pass"})
    found = contents_of(Location(None, [str(root / "a/shop"), str(root / "b/shop")]))
    assert found.brings == ("ready", "static")


def test_a_folder_that_is_no_package_has_no_hooks(files):
    """The root layout's own."""
    root = files({"__init__.py": "def ready(): pass", "models.py": "", "static/x": ""})
    assert contents_of_folder(root).brings == ("static", "models")


@pytest.mark.parametrize(
    ("source", "reason"), [(b"def (", "SyntaxError: "), (b"x = '\xff'", "SyntaxError: "), (b"\0", "Error: ")]
)
def test_a_source_that_cannot_be_parsed_is_a_problem(tmp_path, source, reason):
    """It names the file; what else there is, is told."""
    (tmp_path / "static").mkdir()
    (tmp_path / "__init__.py").write_bytes(source)
    found = contents_of(package(tmp_path))
    assert found.problem.startswith(f"{tmp_path / '__init__.py'} cannot be read: ")
    assert reason in found.problem
    assert found.brings == ("static",)


def test_what_has_no_source_brings_nothing():
    """A built-in module."""
    assert contents_of(Location(None, None)).brings == ()
    assert contents_of(Location("/lib/fast.so", None)).problem == ""
