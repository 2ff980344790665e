"""How cookies are read; what the CSRF cookie looks like stands in test_csrf_token.py."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import cookie_parser

from openviper.middleware._csrf_cookie import cookie_values


@pytest.mark.parametrize(
    ("header", "values"),
    [
        (b"", []),
        (b"sid", []),
        (b"sid=a", ["a"]),
        (b" sid = a ;b=c", ["a"]),
        (b"sid=a; sid=b", ["a", "b"]),
        (b"xsid=a; sidx=b; SID=c", []),
        (b"sid=a=b", ["a=b"]),
        (b'sid="a"', ['"a"']),
        (b"sid=\xff", ["\xff"]),
        (b"\tsid\t=\ta\t;b=c", ["a"]),
        (b"\xa0sid=a; \x85sid=b; sid\x1c=c; sid\x1f=d; \x0bsid=e", []),
        (b"sid=\xa0a\x85", ["\xa0a\x85"]),
        (b"sid; sid=a; sid", ["a"]),
    ],
)
def test_every_value_of_a_name_is_found(header, values):
    """In their order, with nothing decoded."""
    assert cookie_values(header, "sid") == values


@given(st.text(st.sampled_from('sid=;, "\\\tab'), max_size=30))
def test_cookies_are_read_as_applications_read_them(header):
    """The last value of a name is the one that Starlette gives, but for the quotes around it."""
    values = cookie_values(header.encode("latin-1"), "sid")
    theirs = cookie_parser(header).get("sid")
    assert (values[-1] if values else None) == theirs or '"' in values[-1]
