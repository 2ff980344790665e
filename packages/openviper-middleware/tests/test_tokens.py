"""What is a token."""

from __future__ import annotations

import pytest

from openviper.middleware._tokens import is_token


@pytest.mark.parametrize("value", [b"GET", b"X-Token", b"a", b"0", b"*", b"!#$%&'*+-.^_`|~"])
def test_what_names_are_made_of_is_a_token(value):
    """Letters, digits and some punctuation, in any place."""
    assert is_token(value)


@pytest.mark.parametrize(
    "value", [b"", b" ", b"a b", b" a", b"a\n", b"a:", b"a,b", b'"a"', b"a/b", b"a;b", b"(a)", b"\0", b"\x7f", b"\xfc"]
)
def test_anything_else_is_none(value):
    """No more than one name, and nothing that ends or quotes it."""
    assert not is_token(value)
