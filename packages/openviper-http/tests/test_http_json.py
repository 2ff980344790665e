"""Values as JSON."""

from __future__ import annotations

import enum
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openviper.http import dumps


class Colour(enum.Enum):
    RED = "red"


@dataclass
class Point:
    x: int
    when: date


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"a": [1, None, True]}, '{"a":[1,null,true]}'),
        ("ü\u2028", '"ü\u2028"'),
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), '"2026-01-02T03:04:05+00:00"'),
        (date(2026, 1, 2), '"2026-01-02"'),
        (time(3, 4), '"03:04:00"'),
        (UUID(int=1), '"00000000-0000-0000-0000-000000000001"'),
        (Colour.RED, '"red"'),
        (Point(1, date(2026, 1, 2)), '{"x":1,"when":"2026-01-02"}'),
        ({1: 2}, '{"1":2}'),
        (2**70, str(2**70)),
    ],
)
def test_what_python_programs_hold_is_written(value, text):
    """Dates, UUIDs, enumerations and dataclasses need no preparation."""
    assert dumps(value) == text.encode()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.dictionaries(st.integers(), inner),
)


@given(JSON)
def test_the_text_is_what_the_standard_library_writes(value):
    """Whatever shortcut is taken, not a character differs."""
    assert dumps(value) == json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def test_text_that_is_made_when_it_is_shown_is_written():
    """A CSRF token or a nonce goes to a script as JSON."""

    class Shown:
        def __html__(self):
            return "escaped"

        def __str__(self):
            return "a<b"

    assert dumps({"token": Shown()}) == b'{"token":"a<b"}'


def test_a_value_that_holds_itself_is_said_to_do_so():
    """It is no matter of depth, and the next value is written as ever."""
    value = {}
    value["self"] = [value]
    with pytest.raises(ValueError, match="Circular reference"):
        dumps(value)
    assert dumps({"a": [1]}) == b'{"a":[1]}'


@pytest.mark.parametrize("value", [object(), {1, 2}, b"bytes", Point, {("a",): 1}])
def test_what_json_has_no_word_for_is_a_type_error(value):
    """Nothing is written as its repr."""
    with pytest.raises(TypeError):
        dumps(value)


def test_a_type_error_says_what_may_be_returned():
    """The sentence names the type and the way out."""
    with pytest.raises(TypeError, match="set cannot be written as JSON; return a dict, list, str"):
        dumps({1})


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=("Cs",))),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=("Cs",))), inner),
)


@given(JSON)
def test_every_json_value_is_read_back_as_it_was(value):
    """Writing loses nothing."""
    assert json.loads(dumps(value)) == value
