"""Which bytes of a style sheet are addresses."""

from __future__ import annotations

import pytest

from openviper.staticfiles._stylesheets import references, replaced


@pytest.mark.parametrize(
    ("sheet", "addresses"),
    [
        ("a{b:url(x.png)}", ["x.png"]),
        ("a{b:url( 'x y.png' )}", ["x y.png"]),
        ('a{b:URL("x.png") , url(y.png\n)}', ["x.png", "y.png"]),
        ('@import "a.css";', ["a.css"]),
        ("@IMPORT'a.css' print;", ["a.css"]),
        ("@import /* why */ url(a.css);", ["a.css"]),
        ('@import /* why */ /* not */ "a.css";', ["a.css"]),
        ("/*# sourceMappingURL=site.css.map */", ["site.css.map"]),
        ("/*@ sourceMappingURL=site.css.map*/", ["site.css.map"]),
        (r"url(a\(b\).png)", ["a(b).png"]),
        (r'url("\41 \"b.png")', ['A"b.png']),
        ("url('a\\\nb.png')", ["ab.png"]),
        ("url()", [""]),
        ("url(é.png)", ["é.png"]),
        ("url(x.png", ["x.png"]),
        # What only looks like one.
        ("/* url(x.png) */", []),
        ("/* @import 'a.css'", []),
        ("a{content:'url(x.png)'}", []),
        ('a{content:"it\'s url(x.png)"}', []),
        ("curl(x.png) my-url(y.png) éurl(z.png)", []),
        ("@import-all 'a.css';", []),
        ("@import layer 'a.css';", []),
        ("url(x y.png)", []),
        ("url('x.png\n')", []),
        ("a{content:'broken\n} b{c:url(x.png)}", ["x.png"]),
        (r"a\'b{c:url(x.png)}", ["x.png"]),
        ("url(url(x.png", []),
        ("\\", []),
        ("'\\", []),
        ("@import", []),
        ("url(", [""]),
    ],
)
def test_addresses_are_found_as_a_browser_finds_them(sheet, addresses):
    """In url(), after @import and in the source map's comment; not in other comments, strings and functions."""
    assert [each.address for each in references(sheet.encode())] == addresses


def test_only_the_addresses_are_replaced():
    """Quotes, spaces and whatever encoding stands around them stay."""
    sheet = b'\xff url( "a.png" ) url(b.png)/*# sourceMappingURL=c.map */'
    new = replaced(sheet, [(each, each.address.upper()) for each in references(sheet)])
    assert new == b'\xff url( "A.PNG" ) url(B.PNG)/*# sourceMappingURL=C.MAP */'


@pytest.mark.parametrize(
    "piece",
    ["url(", "/*", "'", '"\\', "@import ", "@import/**/", "url('", "url( ", "\\", "/*# sourceMappingURL=", "url(a"],
)
def test_a_pathological_sheet_is_read_to_its_end(piece):
    """Each byte is looked at a bounded number of times, so that a megabyte of nonsense ends."""
    sheet = piece.encode() * (1_000_000 // len(piece))
    found = list(references(sheet))
    assert all(0 <= each.start <= each.end <= len(sheet) for each in found)
