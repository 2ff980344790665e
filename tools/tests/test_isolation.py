"""Which modules of a wheel are imported when."""

from __future__ import annotations

import zipfile

from tools.isolation import divide, modules_of


def test_modules_wait_for_what_they_need():
    """A package's entry covers what is in it, unless a longer name does; a name is never a mere beginning."""
    modules = ["a", "a.testing", "a.testing.client", "a.testing.plugin", "a.testingground"]
    alone, later = divide(modules, ["a.testing", "a.testing.plugin"])
    assert alone == ["a", "a.testingground"]
    assert later == {"a.testing": ["a.testing", "a.testing.client"], "a.testing.plugin": ["a.testing.plugin"]}


def test_modules_are_read_from_the_wheel(tmp_path):
    """Packages by their name; __main__ would run, and files that are no modules are passed over."""
    with zipfile.ZipFile(tmp_path / "x.whl", "w") as wheel:
        for path in ("a/__init__.py", "a/b.py", "a/__main__.py", "a/py.typed", "a-1.dist-info/METADATA"):
            wheel.writestr(path, "")
    assert modules_of(tmp_path / "x.whl") == ["a", "a.b"]
