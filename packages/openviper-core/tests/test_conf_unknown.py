"""Variables that no setting answers to."""

from __future__ import annotations

import logging

import pytest

from openviper.conf import BaseSettings
from openviper.conf import _unknown as unknown
from openviper.conf._environment import Variable
from openviper.conf._unknown import unknown_variables, warn_of_unknown


def lines_for(*names):
    environment = {name: Variable("hunter2", "environment") for name in names}
    return dict(unknown_variables(BaseSettings, environment))


@pytest.mark.parametrize(
    "name",
    ["OPENVIPER_DEBUG", "OPENVIPER_SETTINGS_MODULE", "OPENVIPER_REQUIRE_SERVICES", "OPENVIPER_SHUTDOWN_TIMEOUT"],
)
def test_a_known_variable_is_none(name):
    """Settings of the project, of installed sections, and the reserved ones."""
    assert lines_for(name) == {}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("OPENVIPER_DEBGU", "did you mean 'OPENVIPER_DEBUG'?"),
        ("OPENVIPER_debug", "did you mean 'OPENVIPER_DEBUG'?"),
        ("OPENVIPER_SHUTDOWN_TIMOUT", "did you mean 'OPENVIPER_SHUTDOWN_TIMEOUT'?"),
        ("OPENVIPER_XQZJ", "it has no effect"),
        ("OPENVIPER_", "names no setting"),
    ],
)
def test_an_unknown_variable_is_told_with_the_nearest(name, words):
    """And without its value."""
    line = lines_for(name)[name]
    assert line.startswith(f"{name} (environment) names no setting; ")
    assert words in line
    assert "hunter2" not in line


def test_it_is_logged_once(caplog, monkeypatch):
    """A warning of the logger openviper.conf, however often the settings are checked."""
    monkeypatch.setattr(unknown, "WARNED", set())
    for _ in range(2):
        with caplog.at_level(logging.WARNING, logger="openviper.conf"):
            warn_of_unknown(BaseSettings, {"OPENVIPER_DEBGU": Variable("1", ".env, line 2")})
    (record,) = caplog.records
    assert (record.name, record.levelname) == ("openviper.conf", "WARNING")
    assert record.getMessage() == "OPENVIPER_DEBGU (.env, line 2) names no setting; did you mean 'OPENVIPER_DEBUG'?"
