"""Where the address of a page ends in a text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openviper.core.email._inbox.text_links import text_runs
from openviper.core.email._rendering.html_text import text_from_html


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("here (https://x.example/a).", ["https://x.example/a"]),
        ("https://x.example/a_(b)", ["https://x.example/a_(b)"]),
        ("(https://x.example/a_(b))", ["https://x.example/a_(b)"]),
        ("https://x.example.", ["https://x.example"]),
        ("https://x.example/?a=1&b=2!", ["https://x.example/?a=1&b=2"]),
        ("[https://x.example/a[0]], {https://y.example}", ["https://x.example/a[0]", "https://y.example"]),
        ("**https://x.example/a** `https://x.example/b`", ["https://x.example/a", "https://x.example/b"]),
        ("https://x.example/a.b,c:d;e end", ["https://x.example/a.b,c:d;e"]),
        ("https://x.example/a_", ["https://x.example/a_"]),
        ("http://[::1]:8000/a", ["http://[::1]:8000/a"]),
        ("<https://x.example/a>", ["https://x.example/a"]),
        ("https:// https://. https://) https://", []),
        ("ftp://x.example javascript:x", []),
    ],
)
def test_an_address_ends_before_what_belongs_to_the_sentence(text, links):
    """Its stop, and brackets that were opened before the address; what an address may have it keeps."""
    runs = text_runs(text)
    assert [piece for piece, is_link in runs if is_link] == links
    assert "".join(piece for piece, _ in runs) == text


def test_the_link_of_html_alone_leads_where_it_did():
    """Its text is made by us, with the address in parentheses."""
    text = text_from_html("<p>Confirm <a href='https://example.org/c/7f3a'>here</a>.</p>")
    assert ("https://example.org/c/7f3a", True) in text_runs(text)


@given(st.text("https://x.()[]{} ?a", max_size=80))
def test_nothing_is_lost(text):
    """Whatever it is, the pieces are the text."""
    assert "".join(piece for piece, _ in text_runs(text)) == text


def test_thousands_of_brackets_take_no_long_time():
    """Each is looked at once; the limit of the test run would end more."""
    text = ("https://x" + ")" * 1_900 + " ") * 500
    assert sum(is_link for _, is_link in text_runs(text)) == 500
