"""Type hints of settings: found, and named as they are written."""

from __future__ import annotations

from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, NewType, Optional, Union

import pytest

from openviper.conf import Secret
from openviper.conf._hints import Hints, Unresolved, described, holds, resolved, type_name, unwrapped

if TYPE_CHECKING:
    from decimal import Decimal

UserId = NewType("UserId", int)


class Colour(Enum):
    RED = 1


class Written:
    AMOUNT: Decimal
    COLOUR: Colour
    WAIT: timedelta | None
    INNER: Inner

    class Inner(Enum):
        A = 1


class Deeper(Written):
    AMOUNT: int


def test_hints_are_found_where_they_were_written():
    """Names of the module and of the class body are resolved, the nearest annotation of a name first."""
    hints = Hints(Deeper)
    assert dict(hints) == {"AMOUNT": int, "COLOUR": Colour, "WAIT": timedelta | None, "INNER": Written.Inner}


def test_a_hint_is_resolved_when_it_is_asked_for():
    """Some take an import, and most are never looked at."""

    class Lazy:
        NAME: undefined_name  # noqa: F821
        OTHER: int

    hints = Hints(Lazy)
    assert "NAME" in hints
    assert hints["OTHER"] is int
    assert hints.owner("OTHER") is Lazy
    assert isinstance(hints["NAME"], Unresolved)


def test_a_name_that_only_a_checker_knows_is_unresolved():
    """A type under TYPE_CHECKING is no error, and keeps its text."""
    hint = Hints(Written)["AMOUNT"]
    assert isinstance(hint, Unresolved)
    assert type_name(hint) == "Decimal"


@pytest.mark.parametrize("name", ["Path", "timedelta", "Secret[str]", "Literal['a']", "Any", "Mapping[str, int]"])
def test_well_known_names_are_resolved_without_their_import(name):
    """What a linter moves under TYPE_CHECKING is found all the same."""

    class Elsewhere:
        __module__ = "no.such.module"

    assert not isinstance(resolved(name, Elsewhere), Unresolved)


@pytest.mark.parametrize(
    ("hint", "name"),
    [
        (int, "int"),
        (None, "None"),
        (type(None), "None"),
        (Any, "Any"),
        (Path, "Path"),
        (Colour, "Colour"),
        (tuple, "tuple"),
        (tuple[str, ...], "tuple[str, ...]"),
        (tuple[int, str], "tuple[int, str]"),
        (dict[str, dict[str, Any]], "dict[str, dict[str, Any]]"),
        (Secret[str] | None, "Secret[str] | None"),
        (Optional[int], "int | None"),  # noqa: UP045 - the old way of writing is tried
        (Union[int, str], "int | str"),  # noqa: UP007 - as above
        (Literal["a", 1], "Literal['a', 1]"),
        (UserId, "UserId"),
    ],
)
def test_a_hint_is_named_as_it_is_written(hint, name):
    """The name is what stands in the settings file."""
    assert type_name(hint) == name


@pytest.mark.parametrize(
    ("hint", "words"),
    [(int, "an int"), (str, "a str"), (None, "None"), (Literal["a", "b"], "one of 'a', 'b'"), (Colour, "a Colour")],
)
def test_a_hint_is_described_with_its_article(hint, words):
    """Errors read like a sentence."""
    assert described(hint) == words


@pytest.mark.parametrize("hint", [Annotated[int, "x"], Final[int], UserId, Annotated[UserId, 1], int])
def test_wrappings_come_off(hint):
    """Annotated, Final and NewType say nothing about the value."""
    assert unwrapped(hint) is int


Pin = NewType("Pin", Secret[int])


@pytest.mark.parametrize(
    ("hint", "expected"),
    [
        (Secret, True),
        (Secret[str], True),
        (Pin | None, True),
        (dict[str, tuple[Pin, ...]], True),
        (Annotated[Pin, "x"] | int, True),
        (Unresolved("Secret[Key] | None"), True),
        (Unresolved("Key | None"), False),
        (UserId, False),
        (str | None, False),
        (Literal["Secret"], False),
        (Any, False),
    ],
)
def test_a_secret_is_found_anywhere_in_a_hint(hint, expected):
    """Whatever stands around it."""
    assert holds(hint, Secret, "Secret") is expected


def test_a_hint_that_names_itself_has_an_end():
    """As ``type Json = ...`` of Python 3.12 does."""

    class Alias:
        """Looks as such an alias does."""

    Alias.__value__ = dict[str, Alias] | int
    assert not holds(Alias, Secret, "Secret")
