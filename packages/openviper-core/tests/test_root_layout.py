"""Which folder is a project's in the root layout."""

from __future__ import annotations

import pytest

from openviper.core.projects import SETTINGS_VARIABLE, search_from
from openviper.core.root_layout import has_root_layout

OURS = "from openviper.conf import BaseSettings\nclass Settings(BaseSettings): pass\n"
NAMED = "[tool.openviper]\nsettings = 'mysite.settings'\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Write files into a folder, and return it; no variable names settings."""
    monkeypatch.delenv(SETTINGS_VARIABLE, raising=False)

    def write(contents):
        for name, content in contents.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        return str(tmp_path)

    yield write
    search_from(None)


@pytest.mark.parametrize(
    ("contents", "expected"),
    [
        ({}, False),
        ({"settings.py": OURS}, True),
        ({"settings.py": ""}, True),
        ({"settings.py": OURS, "shop/settings.py": OURS}, True),
        ({"settings.py": OURS, "pyproject.toml": "[tool.openviper]\nsettings = 'settings:Production'\n"}, True),
        ({"mysite/settings.py": OURS}, False),
        ({"mysite/settings.py": OURS, "settings.py": "DJANGO = True", "pyproject.toml": NAMED}, False),
        ({"mysite/settings.py": OURS, "settings.py": OURS, "pyproject.toml": NAMED}, False),
        ({"settings.py": OURS, "pyproject.toml": "[tool.openviper\n"}, True),
    ],
)
def test_the_settings_are_beside_the_modules_and_in_no_package(folder, contents, expected):
    """A stray settings.py in a project of another layout makes no app of its folder."""
    assert has_root_layout(folder(contents)) is expected


def test_the_environment_names_the_settings_of_the_project_in_force(folder, monkeypatch, tmp_path_factory):
    """And says nothing about any other folder."""
    place = folder({"settings.py": OURS})
    monkeypatch.setenv(SETTINGS_VARIABLE, "mysite.settings")
    search_from(str(tmp_path_factory.mktemp("elsewhere")))
    assert has_root_layout(place)
    search_from(place)
    assert not has_root_layout(place)
