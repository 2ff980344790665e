"""Which modules of a wheel are imported when, and with what beside it."""

from __future__ import annotations

import zipfile

import pytest

from tools.isolation import divide, modules_of, problems_of
from tools.workspace import Package


@pytest.fixture
def make_wheel(tmp_path):
    """Make a wheel of ``modules`` (path to source)."""

    def make_wheel(name, modules):
        stem = f"{name.replace('-', '_')}-1"
        metadata = {
            "METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n",
            "WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            "RECORD": "",
        }
        path = tmp_path / f"{stem}-py3-none-any.whl"
        with zipfile.ZipFile(path, "w") as wheel:
            for file, text in {
                **modules,
                **{f"{stem}.dist-info/{file}": text for file, text in metadata.items()},
            }.items():
                wheel.writestr(file, text)
        return path

    return make_wheel


@pytest.fixture
def problems_with(make_wheel, tmp_path):
    """What is found in a distribution of ``modules`` with ``needs``; ``probe-big`` and ``probe-small`` exist."""

    def problems_with(modules, needs):
        others = {name: make_wheel(f"probe-{name}", {f"probe_{name}.py": ""}) for name in ("big", "small")}
        wheels = {"probe": make_wheel("probe", modules), **{f"probe-{name}": path for name, path in others.items()}}
        return problems_of(Package(tmp_path, {"name": "probe"}, {"isolation": {"needs": needs}}, {}), wheels)

    return problems_with


@pytest.mark.parametrize("names", [("first", "second"), ("second", "first")])
def test_what_one_module_needs_does_not_hide_what_another_lacks(problems_with, names):
    """Each need is met in an environment of its own, in whatever order they are declared."""
    modules = {
        "probe/first.py": "import probe_big, probe_small",
        "probe/second.py": "import probe_small, probe_big",
    }
    needs = {"probe.first": ["probe-big", "probe-small"], "probe.second": ["probe-small"]}
    problems = problems_with(modules, {f"probe.{name}": needs[f"probe.{name}"] for name in names})
    assert problems == ["probe.second: ModuleNotFoundError: No module named 'probe_big'"]


def test_modules_find_what_they_declare(problems_with):
    """No problem where each declared need is enough, and one for a module that declares none."""
    modules = {"probe/first.py": "import probe_big", "probe/other.py": "import probe_small"}
    needs = {"probe.first": ["probe-big"]}
    assert problems_with(modules, needs) == ["probe.other: ModuleNotFoundError: No module named 'probe_small'"]
    assert problems_with(modules, {**needs, "probe.other": ["probe-small"]}) == []


def test_a_need_that_cannot_be_installed_is_said(problems_with):
    """By uv's own words; the other modules are still looked at."""
    modules = {"probe/first.py": "", "probe/other.py": "import probe_small"}
    problems = problems_with(modules, {"probe.first": ["probe-small==2"]})
    assert problems[0] == "probe.other: ModuleNotFoundError: No module named 'probe_small'"
    assert "probe-small==2" in problems[1]


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
