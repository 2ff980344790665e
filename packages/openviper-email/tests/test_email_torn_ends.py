"""What is read of texts whose last part is begun and not ended; Pythons before 3.11.5 took some of it for read."""

from __future__ import annotations

import pytest

from openviper.core.email._building.address_grammar import PLAIN
from openviper.core.email._building.header_block import check_block
from openviper.core.email._building.mailing_fields import _TARGETS
from openviper.core.email._rendering.html_tokens import _QUOTED_END
from openviper.core.email.errors import HeaderError


@pytest.mark.parametrize("end", [b"c: d", b"\ta,/;<.", b";/)=--a):", b"c: d\r"])
def test_headers(end):
    """A header whose last line has no end is none."""
    assert check_block(b"a: b\r\n") == ["a"]
    with pytest.raises(HeaderError, match="with a line that is none"):
        check_block(b"a: b\r\n" + end)


@pytest.mark.parametrize(
    ("text", "is_plain"),
    [("a.b@c.d0", True), ("a@b-c.d", True), ("a.@b.c", False), ("a@b-.c", False), ("a@b.c-", False), ("a@b.", False)],
)
def test_addresses(text, is_plain):
    """A dot or a hyphen at the end of a half belongs to no plain address."""
    assert (PLAIN.fullmatch(text) is not None) is is_plain


@pytest.mark.parametrize("text", ["<a>,", "<a>, ", "<a> , <b", "<a>,<b>,"])
def test_links(text):
    """A list of links ends with a link."""
    assert _TARGETS.fullmatch("<a>, <b>")
    assert _TARGETS.fullmatch(text) is None


@pytest.mark.parametrize("text", ["a='b>", "a \"b' c>", '"a" \'b>'])
def test_tags(text):
    """A tag does not end in a quote that is open."""
    assert _QUOTED_END.match('a="b>" c>').end() == 9
    assert _QUOTED_END.match(text) is None
