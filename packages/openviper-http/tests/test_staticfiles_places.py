"""Where the folders of the settings are."""

from __future__ import annotations

from pathlib import Path

import pytest

from openviper.conf import override_settings
from openviper.core.projects import search_from
from openviper.staticfiles import static_directories
from openviper.staticfiles._places import holds, in_project, shown


def test_a_relative_path_belongs_to_the_project(site, tmp_path, monkeypatch):
    """Not to the folder in which the command is typed."""
    search_from(str(site))
    try:
        monkeypatch.chdir(tmp_path)
        assert in_project("collected") == site / "collected"
        assert in_project(tmp_path) == tmp_path
        assert static_directories() == [site / "assets"]
    finally:
        search_from(None)


def test_a_folder_is_searched_once(site):
    """However often it is named."""
    with override_settings(STATICFILES_DIRS=("assets", str(site / "assets"), "nowhere")):
        assert static_directories() == [site / "assets"]


@pytest.mark.parametrize(
    ("outer", "inner", "expected"),
    [
        (".", ".", True),
        (".", "a/b", True),
        ("a", "a/b", True),
        ("a", "a/nowhere", True),
        ("link", "a/b", True),
        ("a", "link/b", True),
        ("nowhere", "nowhere/x", True),
        ("a/b", "a", False),
        ("a", "ab", False),
        ("nowhere", "a", False),
        ("a", "a\0", False),
    ],
)
def test_holding_is_told_by_what_the_folders_are(files, outer, inner, expected):
    """Links are followed, names that begin alike are not confused, and a folder need not be there."""
    root = files({"a/b/x": "", "ab/x": ""})
    (root / "link").symlink_to(root / "a")
    assert holds(root / outer, root / inner) is expected


def test_a_name_cannot_command_the_terminal():
    """Nor break an encoding."""
    assert shown(Path("a\n\x1b[2J\udcff")) == r"a\n\x1b[2J\udcff"
