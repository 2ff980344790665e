"""Names with hashes, and the style sheets that use them."""

from __future__ import annotations

import re

import pytest

from openviper.staticfiles._hashing import hash_files


@pytest.fixture
def hashed(files):
    """Hash the static files given as ``name=content``; return what is made, with content by hashed name."""

    def make(contents):
        root = files(contents)
        made = hash_files({name: root / name for name in contents}, "/static/")
        return made, {each.name: b"".join(each.chunks()).decode() for each in made.outputs}

    return make


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("css/site.css", r"css/site\.[0-9a-f]{8}\.css"),
        ("LICENSE", r"LICENSE\.[0-9a-f]{8}"),
        ("a.b/x.tar.gz", r"a\.b/x\.tar\.[0-9a-f]{8}\.gz"),
        ("a.b/x", r"a\.b/x\.[0-9a-f]{8}"),
    ],
)
def test_the_hash_stands_before_the_suffix(hashed, name, pattern):
    """So that servers and browsers still know the type."""
    made, _ = hashed({name: "content"})
    assert re.fullmatch(pattern, made.names[name])


def test_the_name_follows_the_content(hashed):
    """The same content has the same hash, wherever it stands; another has another."""
    made, _ = hashed({"a.js": "1", "b.js": "1", "c.js": "2"})
    marks = [made.names[name].split(".")[1] for name in ("a.js", "b.js", "c.js")]
    assert marks[0] == marks[1] != marks[2]


def test_addresses_in_sheets_become_those_of_the_hashed_names(hashed):
    """In url(), @import and the source map, relative or below STATIC_URL; whatever else stands there stays."""
    sheet = (
        '@import "base.css";\na{b:url(../img/a%20b.png?v#x)} c{d:url("/static/img/a b.png")}'
        "/* url(../img/a%20b.png) */ e{f:url(https://example.org/x.png)}\n/*# sourceMappingURL=site.css.map */"
    )
    made, contents = hashed({"css/site.css": sheet, "css/base.css": "", "img/a b.png": "x", "css/site.css.map": "{}"})
    image = made.names["img/a b.png"].rpartition("/")[2].replace(" ", "%20")
    expected = sheet.replace("(../img/a%20b.png?v", f"(../img/{image}?v").replace("/img/a b.png", f"/img/{image}")
    expected = expected.replace("base.css", made.names["css/base.css"].rpartition("/")[2])
    expected = expected.replace("=site.css.map", "=" + made.names["css/site.css.map"].rpartition("/")[2])
    assert contents[made.names["css/site.css"]] == expected
    assert made.warnings == []


def test_a_sheet_has_a_new_name_when_anything_it_leads_to_changes(hashed):
    """Also through other sheets: otherwise the old one, which is cached, would lead to the old file."""
    contents = {"a.css": "@import 'b.css'", "b.css": "x{y:url(c.png)}", "c.png": "1", "d.css": ""}
    before, _ = hashed(contents)
    after, _ = hashed(contents | {"c.png": "2"})
    assert {name for name in contents if before.names[name] != after.names[name]} == {"a.css", "b.css", "c.png"}


@pytest.mark.parametrize("circle", [["a.css"], ["a.css", "b.css"], ["a.css", "b.css", "c.css"]])
def test_sheets_may_import_each_other_in_a_circle(hashed, circle):
    """Each has a name, which the others use, and which changes with any of them."""
    contents = {
        name: f"@import '{following}'" for name, following in zip(circle, [*circle[1:], circle[0]], strict=True)
    }
    before, written = hashed(contents)
    for name, following in zip(circle, [*circle[1:], circle[0]], strict=True):
        assert written[before.names[name]] == f"@import '{before.names[following]}'"
    after, _ = hashed(contents | {"a.css": contents["a.css"] + " "})
    assert all(before.names[name] != after.names[name] for name in circle)


@pytest.mark.parametrize("address", ["nowhere.png", "../../outside.png", "/static/nowhere.png", "img/"])
def test_an_address_that_leads_to_no_file_is_named_and_stays(hashed, address):
    """Once, however often it stands there: it may be somebody else's file."""
    made, contents = hashed({"css/site.css": f"url({address})url({address})"})
    assert made.warnings == [f"css/site.css refers to {address}, which is no static file; it is left as it is"]
    assert contents[made.names["css/site.css"]] == f"url({address})url({address})"


def test_a_sheet_may_be_in_any_encoding(files):
    """Bytes that are no UTF-8 are left as they are."""
    root = files({"a.css": b"/* \xe9 */ url(\xe9.png) url(b.png)", "b.png": b""})
    made = hash_files({"a.css": root / "a.css", "b.png": root / "b.png"}, "/static/")
    content = b"".join(made.outputs[0].chunks())
    assert content.startswith(b"/* \xe9 */ url(\xe9.png) url(b.")
    assert len(made.warnings) == 1


def test_a_long_chain_of_sheets_is_followed(hashed):
    """However deep it is."""
    contents = {f"{number}.css": f"@import '{number + 1}.css'" for number in range(1_500)} | {"1500.css": "end"}
    made, _ = hashed(contents)
    assert made.warnings == []
