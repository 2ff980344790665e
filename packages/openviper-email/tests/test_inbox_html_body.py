"""The html of a mail in its frame."""

from __future__ import annotations

import pytest

from openviper.core.email._inbox.html_body import Image, frame_of, remote_count


def image(content_type: str, content: bytes) -> Image:
    return Image(content_type, lambda: content)


@pytest.mark.parametrize(
    ("html", "count"),
    [
        ('<img src="http://x/a">', 1),
        ("<img src=//x/a>", 1),
        ("<img\nSRC = 'HTTPS://x/a'>", 1),
        ("<td background=http://x/a>", 1),
        ('<img srcset="https://x/a 1x, https://x/b 2x">', 1),
        ("<style>a{background:url( 'https://x/a' )}</style>", 1),
        ('<img src="cid:a"><img src="data:image/png;base64,">', 0),
        ('<a href="https://x/">x</a>', 0),
        ("", 0),
    ],
)
def test_what_would_be_loaded_is_counted(html, count):
    """As far as its text tells; the policy does not depend on it."""
    assert remote_count(html) == count


@pytest.mark.parametrize(
    "reference", ["cid:a%40b", "cid:a&#64;b", "CID:a@b", " cid:a@b"], ids=["percent", "entity", "case", "space"]
)
def test_a_content_id_is_found_however_it_is_written(reference):
    """As browsers and mail programs read it."""
    assert (
        "data:image/gif;base64,R0lG" in frame_of(f'<img src="{reference}">', {"a@b": image("image/gif", b"GIF")}).html
    )


def test_text_about_a_content_id_stays_text():
    """Only where an address stands is it one."""
    frame = frame_of("<p>cid:a or (see) cid:a</p>", {"a": image("image/gif", b"GIF")})
    assert "data:" not in frame.html


def test_a_part_that_is_no_image_is_not_shown_as_anything_else():
    """Its type is not written into the document."""
    frame = frame_of('<img src="cid:a">', {"a": image('text/html"><script>', b"<script>")})
    assert 'src="data:image/unknown;base64,' in frame.html


def test_an_image_in_100_000_places_does_not_fill_the_memory():
    """All together have 32 MiB."""
    frame = frame_of('<img src="cid:a">' * 100_000, {"a": image("image/png", b"x" * 100_000)})
    assert len(frame.html) < 40 * 2**20
    assert frame.left_out > 90_000
    assert any("32 MiB" in each for each in frame.problems())


@pytest.mark.parametrize(
    ("html", "framed"),
    [
        ("<p>x", '<base target="_blank"><p>x'),
        ("<!doctype html><p>x", '<!doctype html><base target="_blank"><p>x'),
        (
            '<!DOCTYPE html><html><HEAD lang="de"><title>',
            '<!DOCTYPE html><html><HEAD lang="de"><base target="_blank"><title>',
        ),
        ("<header>x", '<base target="_blank"><header>x'),
    ],
)
def test_links_open_in_new_tabs_and_the_doctype_stays_first(html, framed):
    """Anything before a doctype would make a browser lay the page out as of 1998."""
    assert frame_of(html, {}).html == framed


@pytest.mark.parametrize(
    ("tag", "changed"),
    [
        ("<link rel=preconnect href=//x>", "<basefont rel=preconnect href=//x>"),
        ("<LINK/rel=preconnect>", "<basefont/rel=preconnect>"),
        ("<link\nrel=x>", "<basefont\nrel=x>"),
        ("<iframe src=//x>", '<iframe src="about:blank" srcdoc="" src=//x>'),
        ("<FRAME src=//x>", '<frame src="about:blank" src=//x>'),
        ("<links rel=x>", "<links rel=x>"),
        ("<frameset>", "<frameset>"),
    ],
)
def test_what_would_connect_before_any_policy_names_nothing(tag, changed):
    """Links and frames; the browser's own test shows that it is these."""
    assert frame_of(f"<p>{tag}", {}).html.endswith(f"<p>{changed}")


def test_html_of_10_mb_is_cut():
    """And the page says so."""
    frame = frame_of("<p>x</p>" * (10 * 2**20 // 8), {})
    assert len(frame.html) < 5.1 * 2**20
    assert any("first 5 MiB" in each for each in frame.problems())
