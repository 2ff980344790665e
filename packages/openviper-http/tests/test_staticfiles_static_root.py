"""What STATIC_ROOT may be."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from openviper.conf import override_settings
from openviper.staticfiles import StaticFilesError
from openviper.staticfiles._static_root import refuse_unsafe, static_root


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (None, "STATIC_ROOT is not set; .*OPENVIPER_STATIC_ROOT"),
        ("", "STATIC_ROOT is not set"),
        ("assets/css/site.css", "STATIC_ROOT='assets/css/site.css' is .*, which is no folder"),
        ("dangling", "STATIC_ROOT='dangling' is a link to .*nowhere, which is not there"),
        ("a\0b", "cannot be used: .*null"),
    ],
)
def test_what_is_no_folder_is_refused(site, given, sentence):
    """The sentence names the setting, and what would do."""
    (site / "dangling").symlink_to("nowhere")
    with override_settings(STATIC_ROOT=given), pytest.raises(StaticFilesError, match=sentence):
        static_root()


def test_a_link_to_a_folder_is_that_folder(site, tmp_path):
    """What is judged, and written to, is where it leads."""
    (tmp_path / "www").mkdir()
    (site / "link").symlink_to(tmp_path / "www")
    with override_settings(STATIC_ROOT="link"):
        assert static_root() == tmp_path / "www"


@pytest.mark.parametrize(
    ("root", "what"),
    [
        ("/", "the project"),
        (".", "the project"),
        ("..", "the project"),
        ("mysite", "the project's settings"),
        ("mysite/assets", "a folder of static files"),
        ("assets", "a folder of static files"),
        ("assets/out", "stands in a folder of static files"),
        ("to_assets", "a folder of static files"),
        ("home", "the home folder"),
        ("shop/static", "a folder of static files"),
        ("shop", "a folder of static files"),
        (".git", "a repository, .git"),
        (".git/static", "a repository, .git"),
        ("/dev", "a folder of the system"),
        ("/usr", "a folder of the system"),
        ("/bin", "a folder of the system"),
        (sys.prefix, "a folder of the system|the environment of this Python"),
    ],
)
def test_a_root_that_holds_anything_else_is_refused(site, files, monkeypatch, root, what):
    """Nothing of it may ever be overwritten or removed."""
    files(
        {
            "site/pyproject.toml": "[tool.openviper]\nsettings = 'mysite.settings'",
            "site/mysite/settings.py": "",
            "site/home/me/x": "",
        }
    )
    monkeypatch.setenv("HOME", str(site / "home" / "me"))
    (site / "to_assets").symlink_to("assets")
    sources = [site / "assets", site / "shop" / "static", site / "mysite" / "assets" / "deep"]
    with pytest.raises(StaticFilesError, match=what):
        refuse_unsafe((site / root).resolve(), sources)


@pytest.mark.parametrize(
    "root", ["collected", "assets2", "shop/collected", "home/me/www", "/srv", "/var/www", ".gitlab"]
)
def test_a_folder_of_its_own_is_accepted(site, monkeypatch, root):
    """In the project or not, there or not."""
    monkeypatch.setenv("HOME", str(site / "home" / "me"))
    refuse_unsafe(site / root, [site / "assets", site / "shop" / "static"])


def test_a_process_without_a_home_has_nothing_to_protect_there(site, monkeypatch):
    """As in a container whose user has no entry."""

    def nobody():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", nobody)
    refuse_unsafe(site / "collected", [])
