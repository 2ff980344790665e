"""The application whose routes are listed, imported."""

from __future__ import annotations

import sys

import pytest

from openviper.app import OpenViper
from openviper.app._finding import load_application
from openviper.core.errors import ImproperlyConfigured


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
