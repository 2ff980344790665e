"""Loading the application that is served."""

from __future__ import annotations

import pytest

from openviper.cli._application import load_application
from openviper.cli.errors import CommandLineError


@pytest.fixture
def importable(files, monkeypatch):
    """``tmp_path`` with a module that no other test has, importable."""
    folder = files({"cli_one.py": "app = 1\nclass api:\n    v2 = 2\n"})
    monkeypatch.syspath_prepend(str(folder))
    return folder


def test_an_application_is_loaded_by_its_attributes(importable):
    """Dots after the colon are attributes."""
    assert (load_application("cli_one:app"), load_application("cli_one:api.v2")) == (1, 2)


def test_a_missing_attribute_is_named_with_the_nearest(importable):
    """The module is there, and its application has another name."""
    with pytest.raises(CommandLineError, match="cli_one has no 'apq'; did you mean 'app'"):
        load_application("cli_one:apq")
