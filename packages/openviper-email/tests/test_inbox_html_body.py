"""The html of a mail in its frame."""

from __future__ import annotations

from base64 import b64decode

import pytest

from openviper.core.email._inbox.html_body import Image, frame_of, frame_problems, remote_count


def image(content_type: str, content: bytes) -> Image:
    return Image(content_type, lambda: len(content), lambda: content)


def document_of(html: str, images: dict[str, Image]) -> str:
    return frame_of(html, images).decode()


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
    "element",
    [
        '<img src="cid:a%40it\'s">',
        '<img src="cid:a&#64;it\'s">',
        '<img src="CID:a@it\'s">',
        '<img src=" cid:a@it\'s">',
        "<img src=cid:a@it's>",
        "<img src='cid:a@it&#39;s'>",
        """<p style="background: url('cid:a@it%27s')">""",
    ],
)
def test_a_content_id_is_found_however_it_is_written(element):
    """As browsers and mail programs read it."""
    images = {"a@it's": image("image/gif", b"GIF")}
    assert "data:image/gif;base64,R0lG" in document_of(element, images)
    assert frame_problems(element, images) == []


@pytest.mark.parametrize("content", [b"", b"1", b"12", b"123", b"1" * 100, b"1" * 1_000_000])
def test_length_of_a_url_is_known_before_it_is_made(content):
    """From the number of its bytes."""
    shown = image("image/gif", content)
    url = b"".join(shown.url(content))
    assert shown.url_length() == len(url)
    assert b64decode(url.partition(b",")[2]) == content


def test_what_is_said_of_the_html_is_said_without_its_images():
    """A page that only tells of them does not read them."""

    def content() -> bytes:
        raise AssertionError("it is read")

    images = {"a": Image("image/png", lambda: 20 * 2**20, content)}
    assert frame_problems('<img src="cid:a">', images) == []
    assert "32 MiB" in frame_problems('<img src="cid:a">' * 2, images)[0]


def test_ids_that_no_part_has_are_named():
    """Each once, as it is meant, ten of them at most."""
    html = '<img src="cid:a%40b"><img src="cid:a%40b">' + "".join(f"<img src=cid:{number}>" for number in range(20))
    named = [each.split("'")[1] for each in frame_problems(html, {})]
    assert named == ["a@b", *map(str, range(9))]


def test_text_about_a_content_id_stays_text():
    """Only where an address stands is it one."""
    assert "data:" not in document_of("<p>cid:a or (see) cid:a</p>", {"a": image("image/gif", b"GIF")})


def test_a_part_that_is_no_image_is_not_shown_as_anything_else():
    """Its type is not written into the document."""
    document = document_of('<img src="cid:a">', {"a": image('text/html"><script>', b"<script>")})
    assert 'src="data:image/unknown;base64,' in document


def test_an_image_in_100_000_places_does_not_fill_the_memory():
    """All together have 32 MiB."""
    html, images = '<img src="cid:a">' * 100_000, {"a": image("image/png", b"x" * 100_000)}
    document = document_of(html, images)
    assert len(document) < 40 * 2**20
    assert document.count('"data:,"') > 90_000
    assert any("32 MiB" in each for each in frame_problems(html, images))


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
    assert document_of(html, {}) == framed


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
    assert document_of(f"<p>{tag}", {}).endswith(f"<p>{changed}")


def test_html_of_10_mb_is_cut():
    """And the page says so."""
    html = "<p>x</p>" * (10 * 2**20 // 8)
    assert len(document_of(html, {})) < 5.1 * 2**20
    assert any("first 5 MiB" in each for each in frame_problems(html, {}))


@pytest.mark.parametrize(
    "before", ["<p>", "<p x='" + "y" * 300_000 + "'>", "<i></i>" * 50_000, "<i title='>'>x" * 30_000]
)
def test_long_html_is_the_same_html(before):
    """It is gone through in pieces; images, frames and links are found behind the first too, each once."""
    html = f'{before}<img src="cid:a"><iframe src=x></iframe>é\ud800<img src="https://x/">'
    changed = html.replace("cid:a", "data:image/gif;base64,R0lG").replace("\ud800", "?")
    changed = changed.replace("<iframe", '<iframe src="about:blank" srcdoc=""')
    assert document_of(html, {"a": image("image/gif", b"GIF")}) == f'<base target="_blank">{changed}'
    assert remote_count(html) == 1
    assert len(frame_problems(html, {})) == 1
