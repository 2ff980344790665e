"""Explanation: one setting, masked wherever it is printed."""

from __future__ import annotations

import json

import pytest

from openviper.conf import Explanation

LONG = ["x" * 500]


def test_its_masked_forms_are_whole():
    """Only the line is cut, for an error is one line."""
    explained = Explanation("NAMES", LONG, "mysite.settings", "list[str]")
    assert explained.masked_text == repr(LONG)
    assert explained.masked_json == LONG
    assert len(str(explained)) < 200


@pytest.mark.parametrize("name", ["SMTP_PASSWORD", "MAILERS"])
def test_no_form_shows_a_secret(name):
    """Neither by its own name nor by that of what stands in it."""
    explained = Explanation(name, {"news": ({"PASSWORD": "hunter2"},)}, "mysite.settings", "dict[str, Any]")
    forms = (str(explained), repr(explained), explained.masked_text, json.dumps(explained.masked_json))
    assert all("***" in form and "hunter2" not in form for form in forms)


@pytest.mark.parametrize(
    ("source", "expected"), [("default", True), ("mysite.settings", False), ("OPENVIPER_X, environment", False)]
)
def test_it_knows_whether_somebody_gave_the_value(source, expected):
    """A value that is written down counts, even where it is the default's."""
    assert Explanation("X", 1, source, "int").is_default is expected


def test_one_that_cannot_be_used_says_why():
    """Its line has the problem in the place of a value."""
    explained = Explanation("PORT", None, "", "int", "OPENVIPER_PORT='abc' (environment) is not an int")
    assert str(explained) == "PORT: int cannot be used: OPENVIPER_PORT='abc' (environment) is not an int"
    assert not explained.is_default
