"""URLs of static files."""

from __future__ import annotations

import os

import pytest

from openviper.conf import override_settings
from openviper.http import HttpSettings
from openviper.staticfiles import StaticFilesError, static_url
from openviper.staticfiles._manifest import MANIFEST, manifest_bytes


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("css/site.css", "/static/css/site.css"),
        ("/css/site.css", "/static/css/site.css"),
        ("a b#c?.png", "/static/a%20b%23c%3F.png"),
        ("é.png", "/static/%C3%A9.png"),
        ("\udcff.png", "/static/%FF.png"),
    ],
)
def test_a_url_stands_below_static_url(name, url):
    """A name is a file's, not a piece of a URL: it is encoded."""
    assert static_url(name) == url


def test_a_hashed_name_is_taken_from_the_manifest(site, files):
    """With STATIC_HASHED, and not in debug mode, which serves files as they are."""
    files({f"site/collected/{MANIFEST}": manifest_bytes({"css/site.css": "css/site.3f2a9c1b.css"})})
    with override_settings(HttpSettings, STATIC_HASHED=True, STATIC_URL="https://cdn.example/"):
        assert static_url("css/site.css") == "https://cdn.example/css/site.3f2a9c1b.css"
        with override_settings(DEBUG=True):
            assert static_url("css/site.css") == "https://cdn.example/css/site.css"
    assert static_url("css/site.css") == "/static/css/site.css"


def test_a_name_that_is_not_in_the_manifest_is_an_error(site, files):
    """A page must not link to what is not there; the sentence says what may be meant, and what to do."""
    files({f"site/collected/{MANIFEST}": manifest_bytes({"css/site.css": "css/site.3f2a9c1b.css"})})
    with (
        override_settings(HttpSettings, STATIC_HASHED=True),
        pytest.raises(
            StaticFilesError, match=r"'css/sit.css' is not in .*did you mean 'css/site.css'.*collectstatic again"
        ),
    ):
        static_url("css/sit.css")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "STATIC_HASHED is on, and .*staticfiles.json cannot be read .*collectstatic writes it"),
        ("", "is no manifest"),
        ("[]", "is no manifest"),
        ('{"paths": []}', "is no manifest"),
        ('{"paths": {"a": 1}}', "is no manifest"),
        ("{}", "is no manifest"),
    ],
)
def test_without_a_manifest_nothing_can_be_linked(site, files, content, sentence):
    """It says which command makes one."""
    if content is not None:
        files({f"site/collected/{MANIFEST}": content})
    with override_settings(HttpSettings, STATIC_HASHED=True), pytest.raises(StaticFilesError, match=sentence):
        static_url("css/site.css")


def test_the_manifest_is_found_once_for_the_settings_in_force(site, files, tmp_path, monkeypatch):
    """Whatever the current folder is later; other settings have another manifest, and the first are not forgotten."""
    files({f"site/collected/{MANIFEST}": manifest_bytes({"a.js": "a.1.js"})})
    files({f"other/{MANIFEST}": manifest_bytes({"a.js": "a.2.js"})})
    with override_settings(HttpSettings, STATIC_HASHED=True):
        assert static_url("a.js") == "/static/a.1.js"
        monkeypatch.chdir(tmp_path)
        looked = []
        monkeypatch.setattr(os, "lstat", looked.append)
        monkeypatch.setattr(os, "stat", looked.append)
        assert static_url("a.js") == "/static/a.1.js"
        monkeypatch.undo()
        assert looked == []
        with override_settings(STATIC_ROOT=str(tmp_path / "other")):
            assert static_url("a.js") == "/static/a.2.js"
        monkeypatch.chdir(site)
        assert static_url("a.js") == "/static/a.1.js"
