"""The tree of parts that a message is, and what separates them."""

from __future__ import annotations

from hashlib import blake2b

import pytest
from mail_reading import LOGO, PDF, PNG, message, read, received

from openviper.core.email.attachments import AttachmentData
from openviper.core.email.message import build_message

ALTERNATIVE = ("multipart/alternative", "text/plain", "text/html")


def types(part):
    """Return the tree of types."""
    if not part.is_multipart():
        return part.get_content_type()
    return part.get_content_type(), *map(types, part.iter_parts())


@pytest.mark.parametrize(
    ("arguments", "tree"),
    [
        ({"text": "a"}, "text/plain"),
        ({"text": "a", "html": "b"}, ALTERNATIVE),
        ({"html": "<p>b"}, ALTERNATIVE),
        ({"html": "<img src='cid:x'>"}, "text/html"),
        ({"text": "a", "attachments": [PDF]}, ("multipart/mixed", "text/plain", "application/pdf")),
        ({"text": "a", "html": "b", "attachments": [PDF]}, ("multipart/mixed", ALTERNATIVE, "application/pdf")),
        (
            {"text": "a", "html": '<img src="cid:logo">', "attachments": [LOGO]},
            ("multipart/related", ALTERNATIVE, "image/png"),
        ),
        (
            {"text": "a", "html": '<img src="cid:logo">', "attachments": [PDF, LOGO]},
            ("multipart/mixed", ("multipart/related", ALTERNATIVE, "image/png"), "application/pdf"),
        ),
        (
            {
                "text": "a",
                "html": "<img src='cid:logo'>",
                "attachments": [LOGO, AttachmentData("b", PNG, content_id="b")],
            },
            ("multipart/mixed", ("multipart/related", ALTERNATIVE, "image/png"), "image/png"),
        ),
        ({"text": "cid:logo", "attachments": [LOGO]}, ("multipart/mixed", "text/plain", "image/png")),
    ],
)
def test_the_tree_has_no_more_levels_than_it_needs(arguments, tree):
    """Text, html, what html shows, and what is attached; an image that html does not show is attached."""
    assert types(read(build_message(message(**arguments)))) == tree


@pytest.mark.parametrize(
    ("content_id", "html"),
    [
        ("logo@example.org", '<img src="cid:logo@example.org">'),
        ("a&b", '<img src="cid:a&amp;b">'),
        ("a{b}", '<img src="cid:a%7Bb%7D">'),
        ("a/b", "url(cid:a/b)"),
        ("logo", "<img src=CID:logo>"),
        ("it's", '<img src="cid:it&#x27;s">'),
        ("it's", """<img src="cid:it's">"""),
        ("logo", "<img src='cid:logo'>"),
    ],
)
def test_an_image_is_found_however_its_id_is_written(content_id, html):
    """As it stands in an attribute, a URL or a style."""
    found = read(build_message(message(html=html + "x", attachments=[AttachmentData("x", PNG, content_id=content_id)])))
    related = found.get_content_type(), found.get_param("type")
    assert related == ("multipart/related", "multipart/alternative")
    image = list(found.iter_parts())[1]
    assert image["Content-ID"] == f"<{content_id}>"
    assert image.get_content_disposition() == "inline"
    assert image.get_content() == PNG


@pytest.mark.parametrize("html", ["<img src=cid:logo2>", "<img src='cid:my-logo'>", "<p>logo</p>", "cid:", ""])
def test_an_id_that_is_only_part_of_another_is_not_shown(html):
    """What the html does not show is an attachment, which every program lists."""
    logo = AttachmentData("x", PNG, content_id="logo")
    found = read(build_message(message(html=html, text="x", attachments=[logo])))
    (attached,) = found.iter_attachments()
    assert attached.get_content_disposition() == "attachment"


def test_many_ids_and_much_html_are_looked_at_once():
    """Inline images by the hundred in much html: the limit of the test run would end a search for each."""
    ids = [f"i{number}" for number in range(5_000)]
    html = "".join(f"<img src='cid:{each}'>" for each in ids) + "cid:" * 250_000
    files = [AttachmentData("a", b"x", "image/png", each) for each in ids[:999]]
    assert build_message(message(html=html, text="x", attachments=files)).count(b"Content-Disposition: inline") == 999


def test_text_is_made_of_html_when_it_is_missing():
    """Who reads mail as text gets what the html says."""
    found = read(build_message(message(html='<p>Hello <b>Ada</b></p><a href="https://example.org">Here</a>')))
    text = found.get_body(("plain",)).get_content()
    assert "Hello" in text
    assert "https://example.org" in text


def test_no_boundary_is_in_a_body():
    """Where a text has the lines that would separate it, others are taken; no text ends a part."""
    data = message(text="x", html="y", attachments=[PDF], message_id="<fixed@example.org>")
    lines = [line.decode() for line in build_message(data).split(b"\r\n") if line.startswith(b"--")]
    text = "\n".join(lines) + "\n"
    crafted = message(text=text, html=text, attachments=[PDF], message_id="<fixed@example.org>")
    found = read(build_message(crafted))
    assert types(found) == types(read(build_message(data)))
    assert received(found.get_body(("plain",))) == text


def test_a_text_of_known_boundaries_takes_no_time_to_speak_of():
    """A text that lists tens of thousands of those that come next is looked at once; the message stays one."""
    mid = "<fixed@example.org>"
    seeds = (f"{mid} alternative {number}".encode() for number in range(60_000))
    text = "\n".join("=_" + blake2b(seed, digest_size=15).hexdigest() for seed in seeds) + "\n"
    found = read(build_message(message(text=text, html="<p>x", message_id=mid)))
    assert received(found.get_body(("plain",))) == text
    assert found.get_boundary() not in text


@pytest.mark.parametrize(
    ("content", "mimetype", "written"),
    [
        (b"plain", "text/csv", "text/csv"),
        ("grüße".encode(), "text/csv", 'text/csv; charset="utf-8"'),
        ("grüße".encode("latin-1"), "text/csv", "text/csv"),
        ("grüße".encode(), "application/json", "application/json"),
    ],
)
def test_the_charset_of_attached_text_is_named_where_it_is_known(content, mimetype, written):
    """UTF-8 is; what is neither that nor ASCII is left to who reads it. The bytes stay as they are."""
    found = read(build_message(message(text="x", attachments=[AttachmentData("a", content, mimetype)])))
    attached = next(found.iter_attachments())
    assert attached["Content-Type"] == written
    assert attached.get_payload(decode=True) == content
