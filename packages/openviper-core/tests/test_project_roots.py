"""The folders that a project's modules are imported from."""

from __future__ import annotations

import pytest

from openviper.core.projects import FoundSettings, Root, has_module, roots_of, roots_with, settings_root


@pytest.fixture
def folder(tmp_path):
    """A folder with modules of every kind, some of them in ``src``."""
    for path in ("flat.py", "package/__init__.py", "package/flat.py", "data/x.txt", "src/data/settings.py"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    return tmp_path


@pytest.mark.parametrize(
    ("name", "answer"),
    [("flat", True), ("package", True), ("package.flat", True), ("data", False), ("gone", False), ("gone.x", False)],
)
def test_a_module_is_a_file_or_a_package(folder, name, answer):
    """A folder alone is no settings module."""
    assert has_module(str(folder), name) is answer


@pytest.mark.parametrize(
    ("module", "holding", "expected"),
    [
        ("flat", ["."], "."),
        ("data.settings", ["src"], "src"),
        ("data.settings:Production", ["src"], "src"),
        ("json.decoder", [], "."),
    ],
)
def test_the_settings_belong_to_the_first_root_that_holds_them(folder, module, holding, expected):
    """Not to one with a folder of that name alone; installed ones belong to the first."""
    found = FoundSettings(module, "the test", roots_of(str(folder)))
    assert found.module_name == module.removesuffix(":Production")
    assert roots_with(found.module_name, found.roots) == tuple(
        Root(str(folder), str(folder / each)) for each in holding
    )
    assert settings_root(found) == Root(str(folder), str(folder / expected))
