"""Secret: a value that never shows itself by accident."""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle
import traceback

import pytest

from openviper.conf import BaseSettings, Secret

PLAIN = "hunter2"


@pytest.mark.parametrize(
    ("way", "show"),
    [
        ("repr", repr),
        ("str", str),
        ("f-string", lambda secret: f"{secret}"),
        ("f-string with !r", lambda secret: f"{secret!r}"),
        ("a width", lambda secret: f"{secret:>20}"),
        ("%s", lambda secret: "%s" % secret),  # noqa: UP031 - the way itself is tried
        ("in a list", lambda secret: str([secret])),
        ("in a dataclass", lambda secret: repr(type("S", (BaseSettings,), {"SECRET_KEY": secret})())),
        ("as a dict", lambda secret: str(dataclasses.asdict(BaseSettings(SECRET_KEY=secret)))),
        ("json with a fallback", lambda secret: json.dumps({"key": secret}, default=str)),
        ("its attributes", lambda secret: str(getattr(secret, "__dict__", ""))),
    ],
)
def test_no_way_of_printing_shows_it(way, show):
    """Whatever prints a secret, its value is not in the text."""
    assert PLAIN not in show(Secret(PLAIN)), way


def test_both_names_give_the_value():
    """reveal() gives the value, and so does the name that pydantic users know."""
    assert Secret(PLAIN).reveal() == PLAIN


def test_json_refuses_it():
    """A secret does not slip into a JSON answer."""
    with pytest.raises(TypeError):
        json.dumps({"key": Secret(PLAIN)})


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickle_refuses_it(protocol):
    """A secret does not land readable in a cache or a queue."""
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps({"key": Secret(PLAIN)}, protocol)


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ("a", "a", True),
        ("a", "b", False),
        ("schlüssel", "schlüssel", True),
        ("\ud800", "\ud800", True),
        (b"a", b"a", True),
        (b"a", "a", False),
        (1, 1, True),
        (None, None, True),
        ("", "", True),
    ],
)
def test_equality_is_that_of_the_values(one, other, equal):
    """Secrets are equal when what they hold is, and equal ones have one hash."""
    assert (Secret(one) == Secret(other)) is equal
    if equal:
        assert hash(Secret(one)) == hash(Secret(other))


def test_it_never_equals_the_bare_value():
    """Comparing with a bare string says nothing about the secret."""
    assert Secret(PLAIN) != PLAIN


def test_an_empty_one_is_false():
    """``if not settings.SECRET_KEY`` works."""
    assert not Secret("")
    assert Secret("0")


def test_it_cannot_be_changed():
    """A secret is what it was made with, and the refusal does not show it."""
    secret = Secret(PLAIN)
    for change in (lambda: setattr(secret, "_value", "x"), lambda: delattr(secret, "_value")):
        with pytest.raises(AttributeError) as caught:
            change()
        assert PLAIN not in "".join(traceback.format_exception(caught.value))
    assert secret.reveal() == PLAIN


def test_a_copy_is_the_same_object():
    """Copies of settings hold the very secret."""
    secret = Secret(PLAIN)
    assert copy.copy(secret) is copy.deepcopy(secret) is secret
