"""Values of the settings class, held against their hints."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from enum import Enum, IntEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, NewType, Protocol, TypedDict, TypeVar

import pytest

from openviper.conf import Secret
from openviper.conf._conform import UnacceptableError, conform
from openviper.conf._hints import Unresolved


class Colour(Enum):
    RED = 1


class Level(IntEnum):
    LOW = 1


class Options(TypedDict):
    name: str


class Closes(Protocol):
    def close(self): ...


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        (True, bool),
        (0, int),
        (Level.LOW, int),
        (1, float),
        (1.5, float),
        ("", str),
        (b"", bytes),
        (None, None),
        (Path("a"), Path),
        (timedelta(1), timedelta),
        (Decimal(1), Decimal),
        (Colour.RED, Colour),
        ("a", Literal["a", "b"]),
        (1, Literal[1, True]),
        (True, Literal[1, True]),
        (None, int | None),
        ((), tuple[str, ...]),
        (("a", "b"), tuple[str, ...]),
        ((1, "b"), tuple[int, str]),
        (("a", 1), tuple),
        (["a"], list[str]),
        ({"a"}, set[str]),
        ({"a": {"b": 1}}, dict[str, dict[str, int]]),
        (OrderedDict(a=1), dict[str, int]),
        (["a"], Sequence[str]),
        (("a",), Collection[str]),
        (MappingProxyType({"a": 1}), Mapping[str, int]),
        (len, Callable[[str], int]),
        (int, type[int]),
        ({"name": 1}, Options),
        (object(), Closes),
        (object(), Any),
        (object(), object),
        (object(), TypeVar("T")),
        (object(), Unresolved("Anything")),
        (3, NewType("UserId", int)),
        (iter(()), Iterable[int]),
    ],
)
def test_what_suits_is_the_same_object(value, hint):
    """A value that suits its hint, or whose hint cannot be checked, is taken as it is."""
    assert conform(value, hint) is value


@pytest.mark.parametrize(
    ("value", "hint", "made"),
    [
        (["a"], tuple[str, ...], ("a",)),
        (("a",), list[str], ["a"]),
        (frozenset("a"), set[str], {"a"}),
        ({"a"}, frozenset[str], frozenset("a")),
        ([1, "b"], tuple[int, str], (1, "b")),
        ("x", Secret[str], Secret("x")),
        ("x", Secret[str] | None, Secret("x")),
        (["x", Secret("y")], tuple[Secret[str], ...], (Secret("x"), Secret("y"))),
        ({"a": ["b"]}, dict[str, tuple[str, ...]], {"a": ("b",)}),
        ((["a"],), list[tuple[str, ...]], [("a",)]),
    ],
)
def test_one_kind_is_made_of_another(value, hint, made):
    """A list serves for a tuple, a set for a frozenset, a bare value for a Secret; the result is of the hint's type."""
    result = conform(value, hint)
    assert (result, type(result)) == (made, type(made))


@pytest.mark.parametrize("member", [["a"], ("a",)])
def test_of_a_union_the_member_that_the_value_is_already_wins(member):
    """Nothing is converted where the value suits as it is."""
    assert conform(member, tuple[str, ...] | list[str]) is member


@pytest.mark.parametrize(
    ("value", "hint", "words"),
    [
        ("abc", int, "is not an int"),
        (True, int, "is not an int"),
        (False, float, "is not a float"),
        (1, bool, "is not a bool"),
        ("yes", bool, "is not a bool"),
        (1.0, int, "is not an int"),
        (None, str, "is not a str"),
        (1, None, "is not None"),
        ("a", Path, "is not a Path"),
        (5, timedelta, "is not a timedelta"),
        (1, Colour, "is not a Colour"),
        ("c", Literal["a", "b"], "is not one of 'a', 'b'"),
        (True, Literal[1], "is not one of 1"),
        ("a", int | None, "is not an int | None"),
        ("blog", tuple[str, ...], "is not a tuple[str, ...]"),
        ("blog", Sequence[str], "is not a Sequence[str]"),
        (b"blog", Sequence[int], "is not a Sequence[int]"),
        ({"a"}, tuple[str, ...], "is not a tuple[str, ...]"),
        (("a",), set[str], "is not a set[str]"),
        (("a", 5), tuple[str, ...], "is not a tuple[str, ...] (item 1 is not a str)"),
        ((1,), tuple[int, str], "is not a tuple[int, str]"),
        ((1, "b", 2), tuple[int, str], "is not a tuple[int, str]"),
        ({"a": 1}, dict[str, str], "is not a dict[str, str] (under 'a': is not a str)"),
        ({1: "a"}, dict[str, str], "is not a dict[str, str] (under 1: is not a str)"),
        ([("a", 1)], dict[str, int], "is not a dict[str, int]"),
        (5, Secret[str], "is not a str"),
        (Secret(5), Secret[str], "is not a str"),
        (5, Callable[[], None], "is not a Callable[[], None]"),
        (5, list, "is not a list"),
        ("a", dict, "is not a dict"),
    ],
)
def test_what_does_not_suit_is_refused(value, hint, words):
    """The error goes on where the value was named, and says which item of it is wrong."""
    with pytest.raises(UnacceptableError) as caught:
        conform(value, hint)
    assert str(caught.value) == words
