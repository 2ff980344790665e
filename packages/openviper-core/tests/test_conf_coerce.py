"""Text of a variable, made into what the hint says."""

from __future__ import annotations

import contextlib
from collections.abc import (
    Callable,
    Collection,
    Iterable,
    Mapping,
    MutableMapping,
    MutableSequence,
    MutableSet,
    Sequence,
)
from collections.abc import Set as AbstractSet
from datetime import timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openviper.conf import Secret
from openviper.conf._coerce import from_text
from openviper.conf._conform import UnacceptableError, conform
from openviper.conf._hints import Unresolved


class Colour(Enum):
    RED = "r"
    GREEN = 2
    r = "other"


@pytest.mark.parametrize(
    ("text", "hint", "value"),
    [
        ("true", bool, True),
        (" ON ", bool, True),
        ("Yes", bool, True),
        ("1", bool, True),
        ("False", bool, False),
        ("off", bool, False),
        ("no", bool, False),
        ("0", bool, False),
        ("a, b", Sequence[str], ("a", "b")),
        ("a, b", Collection[str], ("a", "b")),
        ("1,2", MutableSequence[int], [1, 2]),
        ("a, b", AbstractSet[str], frozenset({"a", "b"})),
        ("a, b", MutableSet[str], {"a", "b"}),
        ("[[1], [2]]", Sequence[Sequence[int]], ((1,), (2,))),
        ('{"a": "5m"}', Mapping[str, timedelta], {"a": timedelta(minutes=5)}),
        ('{"a": [1]}', MutableMapping[str, Sequence[int]], {"a": (1,)}),
        ('[{"a": "1"}]', Sequence[Mapping[str, int]], ({"a": 1},)),
        ("8000", int, 8000),
        (" -1 ", int, -1),
        ("10_000", int, 10_000),
        ("1.5", float, 1.5),
        ("2", float, 2.0),
        ("1e3", float, 1000.0),
        ("  kept  ", str, "  kept  "),
        ("", str, ""),
        ("abc", bytes, b"abc"),
        ("/var/www", Path, Path("/var/www")),
        ("30s", timedelta, timedelta(seconds=30)),
        ("5m", timedelta, timedelta(minutes=5)),
        ("2h", timedelta, timedelta(hours=2)),
        ("1d", timedelta, timedelta(days=1)),
        ("1w", timedelta, timedelta(weeks=1)),
        ("250ms", timedelta, timedelta(milliseconds=250)),
        ("1h30m", timedelta, timedelta(minutes=90)),
        ("1.5 H", timedelta, timedelta(minutes=90)),
        ("45", timedelta, timedelta(seconds=45)),
        ("0.5", timedelta, timedelta(milliseconds=500)),
        ("RED", Colour, Colour.RED),
        ("green", Colour, Colour.GREEN),
        ("2", Colour, Colour.GREEN),
        ("r", Colour, Colour.r),
        ("a", Literal["a", "b"], "a"),
        ("2", Literal[1, 2], 2),
        ("yes", Literal[True], True),
        ("a, b ,c", tuple[str, ...], ("a", "b", "c")),
        ("a,,b,", tuple[str, ...], ("a", "b")),
        ("", tuple[str, ...], ()),
        (" , ", tuple[str, ...], ()),
        ("[::1],localhost", tuple[str, ...], ("[::1]", "localhost")),
        ("a,b", tuple, ("a", "b")),
        ("1,2", list[int], [1, 2]),
        ("a,a", set[str], {"a"}),
        ("a", frozenset[str], frozenset("a")),
        ("1,x", tuple[int, str], (1, "x")),
        ("k1, k2", tuple[Secret[str], ...], (Secret("k1"), Secret("k2"))),
        ("a,b", tuple[str | Path, ...], ("a", "b")),
        ('{"a": 1}', dict[str, int], {"a": 1}),
        ('{"a": 1}', dict, {"a": 1}),
        ('{"a": {"b": [1, null]}}', dict[str, dict[str, Any]], {"a": {"b": [1, None]}}),
        ('{"1": "5m"}', dict[int, timedelta], {1: timedelta(minutes=5)}),
        ('{"a": ["x"]}', dict[str, tuple[str, ...]], {"a": ("x",)}),
        ('{"a": "k"}', dict[str, Secret[str]], {"a": Secret("k")}),
        ('[["a", "b"], []]', tuple[tuple[str, ...], ...], (("a", "b"), ())),
        ('[{"a": 1}]', list[dict[str, int]], [{"a": 1}]),
        ("k", Secret[str], Secret("k")),
        ("5", Secret[int], Secret(5)),
        (" k ", Secret[str], Secret(" k ")),
        ("k", Secret, Secret("k")),
        ("5", int | None, 5),
        ("", int | None, None),
        ("  ", timedelta | None, None),
        ("", str | None, None),
        ("", Secret[str] | None, None),
        ("5", int | str, 5),
        ("x", int | str, "x"),
        ("public", str | Path | None, "public"),
        ("anything", Any, "anything"),
        ("5", Annotated[int, "a port"], 5),
    ],
)
def test_text_becomes_a_value(text, hint, value):
    """Each hint reads its own form."""
    result = from_text(text, hint)
    assert (result, type(result)) == (value, type(value))


@pytest.mark.parametrize(
    ("text", "hint", "words"),
    [
        ("maybe", bool, "is not a bool (true, 1, yes, on, false, 0, no, off)"),
        ("", bool, "is not a bool (true, 1, yes, on, false, 0, no, off)"),
        ("2", bool, "is not a bool (true, 1, yes, on, false, 0, no, off)"),
        ("abc", int, "is not an int"),
        ("1.0", int, "is not an int"),
        ("", int, "is not an int"),
        ("0x10", int, "is not an int"),
        ("١٢", int, "is not an int"),
        ("9" * 5000, int, "is not an int"),
        ("1,5", float, "is not a float"),
        ("nan", float, "is not a finite float"),
        ("-inf", float, "is not a finite float"),
        ("1e999", float, "is not a finite float"),
        ("", Path, "is not a Path"),
        ("5 minutes", timedelta, "is not a timedelta (30s, 5m, 2h, 1d, 1h30m, or a number of seconds)"),
        ("-5s", timedelta, "is not a timedelta (30s, 5m, 2h, 1d, 1h30m, or a number of seconds)"),
        ("1h30", timedelta, "is not a timedelta (30s, 5m, 2h, 1d, 1h30m, or a number of seconds)"),
        ("", timedelta, "is not a timedelta (30s, 5m, 2h, 1d, 1h30m, or a number of seconds)"),
        ("9999999999d", timedelta, "is not a timedelta (30s, 5m, 2h, 1d, 1h30m, or a number of seconds)"),
        ("BLUE", Colour, "is not a Colour (RED, GREEN, r)"),
        ("c", Literal["a", "b"], "is not one of 'a', 'b'"),
        ("1,x,y", tuple[int, str], "is not a tuple[int, str] (2 items, with commas between them)"),
        ("1,x", list[int], "is not a list[int] (item 1 is not an int)"),
        ("{a: 1}", dict[str, int], "is not JSON at column 2 of line 1, which dict[str, int] is read from"),
        ("", dict[str, int], "is not JSON at column 1 of line 1, which dict[str, int] is read from"),
        ('{"a": NaN}', dict[str, float], "is not JSON, which dict[str, float] is read from"),
        ("[" * 100_000, dict[str, int], "is not JSON, which dict[str, int] is read from"),
        ("[1]", dict[str, int], "is not a dict[str, int]"),
        ('{"a": "x"}', dict[str, int], "is not a dict[str, int] (under 'a': is not an int)"),
        ('{"a": true}', dict[str, int], "is not a dict[str, int] (under 'a': is not an int)"),
        ('{"a": 1}', dict[int, int], "is not a dict[int, int] (under 'a': is not an int)"),
        ('[["a"], [1]]', list[list[str]], "is not a list[list[str]] (item 1 is not a list[str] (item 0 is not a str))"),
        ("", Secret[str], "is empty, which a Secret[str] must not be"),
        ("x", Secret[int], "is not an int"),
        ("x", int | None, "is not an int"),
        ("x", int | float, "is not an int | float"),
        ("a", Iterable[str], "cannot be read from a variable as an Iterable[str]; set it in the settings class"),
        ("a", Callable[[], str], "cannot be read from a variable as a Callable[[], str]; set it in the settings class"),
        ("a", Mapping[str, int], "is not JSON at column 1 of line 1, which Mapping[str, int] is read from"),
        ("1", Decimal, "cannot be read from a variable as a Decimal; set it in the settings class"),
        (
            "1",
            Unresolved("Money"),
            "cannot be read from a variable as Money, which its module does not import outside TYPE_CHECKING; "
            "set it in the settings class",
        ),
    ],
)
def test_text_that_stands_for_nothing_is_refused(text, hint, words):
    """The error says what would be accepted, and never repeats the text."""
    with pytest.raises(UnacceptableError) as caught:
        from_text(text, hint)
    assert str(caught.value) == words


HINTS = [bool, int, float, timedelta, Path, Colour, dict[str, int], tuple[int, ...], list[dict[str, Any]], Secret[int]]


@given(st.text(), st.sampled_from(HINTS))
def test_any_text_gives_a_value_or_a_refusal(text, hint):
    """No text, however odd, gets another error out of it."""
    with contextlib.suppress(UnacceptableError):
        assert conform(from_text(text, hint), hint) is not None


@given(st.integers() | st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_are_read_as_python_writes_them(number):
    """What ``str()`` makes of a number is read back."""
    assert from_text(str(number), type(number)) == number
