"""Which application is the project's."""

from __future__ import annotations

import sys

import pytest

from openviper.app import OpenViper
from openviper.app._finding import load_application, parse_application, project_application
from openviper.core.errors import ImproperlyConfigured

TABLE = "[tool.openviper]\nsettings = 'mysite.settings'\n"


@pytest.mark.parametrize(
    ("present", "expected"),
    [
        (["mysite/app.py", "mysite/asgi.py", "app.py", "asgi.py"], "mysite.app:app"),
        (["mysite/asgi.py", "app.py", "asgi.py"], "mysite.asgi:app"),
        (["app.py", "asgi.py"], "app:app"),
        (["asgi.py"], "asgi:app"),
        (["src/mysite/settings.py", "src/mysite/app.py"], "mysite.app:app"),
    ],
)
def test_the_order_is_that_of_start_server(files, monkeypatch, present, expected):
    """The package's before the root's, app.py before asgi.py, also below src."""
    settings = {} if "src/mysite/settings.py" in present else {"mysite/settings.py": ""}
    monkeypatch.chdir(files({"pyproject.toml": TABLE} | settings | dict.fromkeys(present, "")))
    monkeypatch.delenv("OPENVIPER_SETTINGS_MODULE", raising=False)
    assert project_application() == expected


def test_the_root_layout_has_it_beside_its_settings(files, monkeypatch):
    """There is no package."""
    monkeypatch.chdir(files({"settings.py": "import openviper", "app.py": ""}))
    monkeypatch.delenv("OPENVIPER_SETTINGS_MODULE", raising=False)
    assert project_application() == "app:app"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("site_app", "site_app:app"),
        ("site_app:", "site_app:app"),
        ("site_app:a.b", "site_app:a.b"),
        ("site_app.py", "site_app:app"),
    ],
)
def test_an_application_is_named_as_for_start_server(files, monkeypatch, text, expected):
    """The attribute is app where none is named."""
    monkeypatch.chdir(files({"site_app.py": ""}))
    assert parse_application(text) == expected


@pytest.mark.parametrize("text", ["", ":app", "a b", "../site_app.py", "1x", "nowhere", "site_app:a-b"])
def test_what_is_no_name_is_refused(files, monkeypatch, text):
    """Before anything is imported."""
    monkeypatch.chdir(files({"site_app.py": "raise RuntimeError"}))
    with pytest.raises(ValueError, match="is not an application"):
        parse_application(text)


def test_an_application_is_imported_and_its_output_is_not_a_result(files, monkeypatch, capsys):
    """What it prints goes to stderr."""
    monkeypatch.chdir(files({"listed_app.py": "from openviper.app import OpenViper\napp = OpenViper()\nprint('x')"}))
    monkeypatch.setattr(sys, "path", list(sys.path))
    assert isinstance(load_application("listed_app:app"), OpenViper)
    assert capsys.readouterr() == ("", "x\n")
    sys.modules.pop("listed_app")


def test_ctrl_c_during_the_import_passes(files, monkeypatch):
    """It is no failure of the module."""
    monkeypatch.chdir(files({"stopped_app.py": "raise KeyboardInterrupt"}))
    monkeypatch.setattr(sys, "path", list(sys.path))
    with pytest.raises(KeyboardInterrupt):
        load_application("stopped_app:app")


def test_an_object_that_is_no_application_is_named(monkeypatch):
    """By its own name or its class's."""
    with pytest.raises(ImproperlyConfigured, match=r"json:dumps is json:dumps, no openviper\.app\.OpenViper"):
        load_application("json:dumps")
