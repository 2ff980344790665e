"""Loading the application that is served."""

from __future__ import annotations

import pytest

from openviper.cli._application import load_application
from openviper.cli.errors import CommandLineError


@pytest.fixture
def importable(files, monkeypatch):
    """``tmp_path`` with a module that no other test has, importable."""
    folder = files({"cli_one.py": "app = len\nclass api:\n    v2 = max\n"})
    monkeypatch.syspath_prepend(str(folder))
    return folder


def test_an_application_is_loaded_by_its_attributes(importable):
    """Dots after the colon are attributes."""
    assert (load_application("cli_one:app"), load_application("cli_one:api.v2")) == (len, max)


def test_a_missing_attribute_is_named_with_the_nearest(importable):
    """The module is there, and its application has another name."""
    with pytest.raises(CommandLineError, match="cli_one has no 'apq'; did you mean 'app'"):
        load_application("cli_one:apq")


def test_a_factory_is_called(files, monkeypatch):
    """What it returns is served, if it can be called."""
    monkeypatch.syspath_prepend(str(files({"cli_two.py": "def make(): return len\ndef fail(): return 1\n"})))
    assert load_application("cli_two:make", factory=True) is len
    with pytest.raises(CommandLineError, match="'cli_two:fail' is no ASGI application: it is int, not callable"):
        load_application("cli_two:fail", factory=True)
