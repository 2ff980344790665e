"""The system check of static files."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from openviper._checks.http import check_static_files
from openviper.conf import override_settings
from openviper.core.checks import Severity, run_checks
from openviper.http import HttpSettings
from openviper.staticfiles._manifest import MANIFEST, manifest_bytes


@pytest.mark.parametrize(
    ("content", "part"),
    [(None, "staticfiles.json cannot be read (viperctl collectstatic writes it)"), ("[]", "is no manifest")],
)
def test_names_with_a_hash_that_were_not_collected_are_a_warning(site, files, content, part):
    """No error, for a project is checked before its files are collected."""
    if content is not None:
        files({f"site/collected/{MANIFEST}": content})
    with override_settings(HttpSettings, STATIC_HASHED=True):
        (message,) = check_static_files()
    assert (message.id, message.severity) == ("openviper.http.static_manifest", Severity.WARNING)
    assert message.message.startswith("no page could link to a static file: ")
    assert part in message.message
    assert "collectstatic" in message.hint


def test_a_static_root_that_is_not_set_is_one_too(site):
    """There is nothing to collect into."""
    with override_settings(HttpSettings, STATIC_HASHED=True, STATIC_ROOT=None):
        (message,) = check_static_files()
    assert "STATIC_ROOT is not set" in message.message


@pytest.mark.parametrize(
    ("reason", "values"),
    [("nothing is hashed", {"STATIC_HASHED": False}), ("files are served as they are", {"DEBUG": True})],
)
def test_nothing_is_said_where_no_page_needs_the_manifest(site, reason, values):
    """Whatever is collected."""
    with override_settings(HttpSettings, **{"STATIC_HASHED": True} | values):
        assert list(check_static_files()) == [], reason


def test_what_was_collected_is_enough(site, files):
    """The same manifest that pages are made with."""
    files({f"site/collected/{MANIFEST}": manifest_bytes({"a.js": "a.1.js"})})
    with override_settings(HttpSettings, STATIC_HASHED=True):
        assert list(check_static_files()) == []


@pytest.mark.parametrize(
    ("values", "ids"),
    [
        ({"STATIC_ROOT": None}, ["openviper.http.static_root"]),
        ({"STATIC_ROOT": None, "DEBUG": True}, []),
        ({"STATIC_ROOT": None, "STATICFILES_DIRS": (), "INSTALLED_APPS": ()}, []),
        ({}, []),
    ],
)
def test_static_files_that_nobody_would_serve_are_a_warning(site, values, ids):
    """In debug mode the application does."""
    with override_settings(HttpSettings, **values):
        assert [message.id for message in check_static_files()] == ids


def test_an_app_that_is_missing_is_told_once(viperctl, project):
    """By the check of apps; no line of the log says it too."""
    (project / "mysite/settings.py").write_text(
        "from openviper.conf import BaseSettings\n"
        "class Settings(BaseSettings):\n    INSTALLED_APPS = ('shop', 'mysite.gone')\n    SECRET_KEY = 'x' * 50\n"
    )
    result = viperctl("check", cwd=project)
    assert (result.stdout + result.stderr).count("mysite.gone") == 1


def test_it_is_one_of_the_checks_that_always_run(site):
    """``openviper viperctl check`` needs nothing else."""
    with override_settings(HttpSettings, STATIC_HASHED=True):
        assert "openviper.http.static_manifest" in [message.id for message in run_checks()]


def test_a_project_that_hashes_nothing_does_not_pay_for_starlette(tmp_path):
    """Of the command's time the application would take most."""
    code = (
        "import json, sys\nfrom openviper._checks.http import check_static_files\n"
        "assert not list(check_static_files())\n"
        "print(json.dumps([name for name in sys.modules if name.partition('.')[0] in ('starlette', 'anyio')]))"
    )
    printed = subprocess.check_output([sys.executable, "-c", code], cwd=tmp_path, text=True, timeout=30)
    assert json.loads(printed) == []
