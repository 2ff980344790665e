"""Fields with repr=False."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from openviper.conf import BaseSettings, Secret, override_settings
from openviper.conf._environment import Variable
from openviper.conf._kept_out import explained_value, is_kept_out
from openviper.conf._resolve import resolve
from openviper.core.errors import ImproperlyConfigured


class Licensed(BaseSettings):
    PORT: int = 80
    LICENCE: Any = field(default="", repr=False)
    SEATS: int = field(default=1, repr=False)


@dataclass(frozen=True, kw_only=True)
class Cards:
    LOGIN: int = field(default=1, repr=False)


@pytest.mark.parametrize(
    ("name", "expected"), [("PORT", False), ("LICENCE", True), ("NONE", False), ("__init__", False)]
)
def test_a_field_says_that_it_is_kept_out(name, expected):
    """What is no field is not."""
    assert is_kept_out(Licensed, name) is expected


def test_a_subclass_that_gives_another_value_does_not_show_it():
    """Neither in its repr() nor in an explanation."""

    class Shop(Licensed):
        LICENCE = "hunter2"

    assert "hunter2" not in repr(Shop())
    assert explained_value(Shop, "LICENCE", "hunter2") == Secret("hunter2")


@pytest.mark.parametrize("value", [None, "", (), {}])
def test_an_empty_value_is_shown(value):
    """It tells nothing."""
    assert explained_value(Licensed, "LICENCE", value) == value


@pytest.mark.parametrize("value", ["hunter2", 0, False, ("",)])
def test_any_other_value_is_masked(value):
    """Whoever has put it there."""
    assert explained_value(Licensed, "LICENCE", value) == Secret(value)
    assert explained_value(Licensed, "PORT", value) is value


def test_a_secret_is_one_already():
    """It is not wrapped again."""
    secret = Secret("hunter2")
    assert explained_value(Licensed, "LICENCE", secret) is secret


def test_no_error_shows_it():
    """Neither that of the value itself nor that of override_settings."""
    wrong = type("Wrong", (Licensed,), {"SEATS": "hunter2"})
    assert resolve(wrong, {}, {}, {}).problems["SEATS"].startswith("Wrong.SEATS='***'")
    found = resolve(Licensed, {"OPENVIPER_SEATS": Variable("hunter2", "environment")}, {}, {})
    assert found.problems["SEATS"].startswith("OPENVIPER_SEATS='***'")
    with (
        pytest.raises(ImproperlyConfigured, match=r"LOGIN='\*\*\*'") as caught,
        override_settings(Cards, LOGIN="hunter2"),
    ):
        pass
    assert "hunter2" not in str(caught.value)
