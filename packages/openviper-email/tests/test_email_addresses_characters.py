"""Characters that no address, or no name, may have."""

from __future__ import annotations

import sys
import unicodedata

import pytest

from openviper.core.email.addresses import parse_mailbox
from openviper.core.email.errors import AddressError

# All that shows nothing, ends a line or reorders others: controls, format characters, separators but for the space.
INVISIBLE = [
    char
    for char in map(chr, range(sys.maxunicode + 1))
    if unicodedata.category(char) in {"Cc", "Cf", "Zl", "Zp"} or char in "\ud800\udc80\udfff"
]
SPACES = [char for char in map(chr, range(0x10000)) if unicodedata.category(char) == "Zs" and char != " "]
# Letters, marks and unassigned characters that show nothing either (Default_Ignorable_Code_Point).
BLANK = (
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180f\u2065\u3164\ufe00\ufe0e\ufe0f\uffa0\ufff0\U000e0000\U000e0100\U000e0fff"
)


@pytest.mark.parametrize("value", [None, 3, b"ada@example.org", ["ada@example.org"], ("Ada", "ada@example.org")])
def test_what_is_no_text_is_refused(value):
    """Another type is refused like any other address that is none."""
    with pytest.raises(AddressError, match=f"is of type {type(value).__name__}"):
        parse_mailbox(value)


@pytest.mark.parametrize("char", INVISIBLE, ids=ascii)
def test_invisible_characters_are_refused_everywhere(char):
    """Controls, separators of lines and format characters are in no part of an address, nor around it."""
    places = ["a{}da@example.org", "{}ada@example.org", "ada@exam{}ple.org", "ada@example.org{}", "<ada@example.org{}>"]
    places += [
        "A{}da <ada@example.org>",
        '"A{}da" <ada@example.org>',
        "Ada <ada@example.org>{}",
        "{} <ada@example.org>",
    ]
    for place in places:
        with pytest.raises(AddressError) as refusal:
            parse_mailbox(place.format(char))
        assert str(refusal.value).isprintable()


@pytest.mark.parametrize("char", "\u034f\u115f\u3164\ufe0f\uffa0\U000e0100", ids=ascii)
def test_letters_that_show_nothing_are_in_no_address(char):
    """Fillers and selectors, which are letters and marks to Unicode, are refused in an address too."""
    for place in ("a{}da@example.org", "ada{}@example.org", "ada@exam{}ple.org"):
        with pytest.raises(AddressError):
            parse_mailbox(place.format(char))


@pytest.mark.parametrize("char", BLANK, ids=ascii)
def test_letters_that_show_nothing_are_in_no_name(char):
    """Neither alone nor between letters, whatever they are to Unicode."""
    for place in (
        "{} <ada@example.org>",
        "A{}da <ada@example.org>",
        '"{}" <ada@example.org>',
        "Ada{} <ada@example.org>",
    ):
        with pytest.raises(AddressError, match=r"U\+.* in the name"):
            parse_mailbox(place.format(char))


@pytest.mark.parametrize("char", SPACES, ids=ascii)
def test_unicode_spaces_are_only_in_names(char):
    """A space that is not the ASCII one is refused in and around an address."""
    for place in ("a{}da@example.org", "{}ada@example.org", "ada@exam{}ple.org", "ada@example.org{}"):
        with pytest.raises(AddressError, match=r"U\+"):
            parse_mailbox(place.format(char))
    assert parse_mailbox(f"Ada{char}L <ada@example.org>").name == f"Ada{char}L"


def test_a_long_value_is_cut_in_the_error():
    """An error about a megabyte is not a megabyte, of whatever type that is."""
    for value in ("x" * 1_000_000, b"x" * 1_000_000, ["x" * 1_000_000] * 1_000, 10**5_000, {1: "x" * 1_000_000}):
        with pytest.raises(AddressError) as refusal:
            parse_mailbox(value)
        assert len(str(refusal.value)) < 500
