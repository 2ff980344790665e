"""Variables that no setting answers to."""

from __future__ import annotations

import logging
import sys
from dataclasses import dataclass

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
        ("OPENVIPER_SETTINGS", "did you mean 'OPENVIPER_SETTINGS_MODULE'?"),
        ("OPENVIPER_STATIC_DIR", "did you mean 'OPENVIPER_STATIC_URL'?"),
    ],
)
def test_an_unknown_variable_is_told_with_the_nearest(name, words):
    """And without its value."""
    assert lines_for(name)[name] == f"{name} (environment) names no setting; {words}"


@pytest.mark.parametrize(
    "name",
    [
        "OPENVIPER_XQZJ",
        "OPENVIPER_",
        "OPENVIPER_VISITS_FIL",
        "OPENVIPER_CHECKOUT",
        "OPENVIPER_WAREHOUSE",
        "OPENVIPER_PAYMENT_PROVIDER",
    ],
)
def test_a_variable_that_is_near_to_none_is_told_without_a_guess(name):
    """The prefix alone makes no likeness."""
    line = lines_for(name)[name]
    assert line == (
        f"{name} (environment) names no setting of the project, its apps or an installed distribution; "
        "unless code elsewhere reads it, it has no effect"
    )


@dataclass(frozen=True, kw_only=True)
class ShopSettings:
    SHOP_CURRENCY: str = "EUR"


def test_a_section_that_was_read_is_known():
    """Wherever it is declared."""
    environment = {"OPENVIPER_SHOP_CURRENCY": Variable("CHF", "environment")}
    assert dict(unknown_variables(BaseSettings, environment, read=[ShopSettings])) == {}
    assert list(dict(unknown_variables(BaseSettings, environment))) == ["OPENVIPER_SHOP_CURRENCY"]


def test_a_section_in_an_apps_source_is_known_and_suggested(project):
    """The app's own section works, so no warning says that it does not; a misspelt variable of it is found."""
    project.app("shop", "1 / 0")
    project.write(
        "shop/settings.py",
        """
        from dataclasses import dataclass

        @dataclass(frozen=True, kw_only=True)
        class ShopSettings:
            SHOP_CURRENCY: str = "EUR"

        1 / 0
        """,
    )
    environment = {f"OPENVIPER_SHOP_{name}": Variable("CHF", "environment") for name in ("CURRENCY", "CURENCY")}
    lines = dict(unknown_variables(BaseSettings, environment, apps=["shop"]))
    (line,) = lines.values()
    assert line == "OPENVIPER_SHOP_CURENCY (environment) names no setting; did you mean 'OPENVIPER_SHOP_CURRENCY'?"
    assert "shop" not in sys.modules


def test_it_is_logged_once(caplog, monkeypatch):
    """A warning of the logger openviper.conf, however often the settings are checked."""
    monkeypatch.setattr(unknown, "WARNED", set())
    for _ in range(2):
        with caplog.at_level(logging.WARNING, logger="openviper.conf"):
            warn_of_unknown(BaseSettings, {"OPENVIPER_DEBGU": Variable("1", ".env, line 2")})
    (record,) = caplog.records
    assert (record.name, record.levelname) == ("openviper.conf", "WARNING")
    assert record.getMessage() == "OPENVIPER_DEBGU (.env, line 2) names no setting; did you mean 'OPENVIPER_DEBUG'?"
