"""Images that html shows and no attachment is."""

from __future__ import annotations

import logging

import pytest

from openviper.core.email import AttachmentData, compose_email
from openviper.core.email._building.content_ids import missing_ids


@pytest.mark.parametrize(
    ("html", "ids", "missing"),
    [
        ('<img src="cid:logo">', [], ["logo"]),
        ('<img src="cid:logo">', ["logo"], []),
        ('<img src="cid:logo"><img src="cid:logo">', ["logo2"], ["logo"]),
        ('<img src="cid:logo"><img src="cid:logo2">', ["logo2"], ["logo"]),
        ("<img src = 'cid:logo'>", [], ["logo"]),
        ("<img src=cid:logo>", [], ["logo"]),
        ("<p style='background: url(cid:logo)'>", [], ["logo"]),
        ("<p style=\"background: url( 'cid:logo' )\">", [], ["logo"]),
        ('<img src="cid:a&amp;b">', ["a&b"], []),
        ('<img src="cid:a%7Bb%7D">', ["a{b}"], []),
        ("""<img src="cid:it's">""", ["it's"], []),
        ("""<img src="cid:it's">""", ["it"], ["it's"]),
        ("<img src='cid:it'><p>", ["it"], []),
        ('<img src="CID:logo">', [], ["logo"]),
        ('<img src="cid:it&#x27;s">', ["it's"], []),
        ("<p>Images have cid:logo, and acid:rain too</p>", [], []),
        ('<img src="https://example.org/acid:rain">', [], []),
        ('<img src="cid:">', [], []),
        ("", ["logo"], []),
    ],
)
def test_an_image_that_nothing_attached_is_is_found(html, ids, missing):
    """Where it is shown, and not where a text is about it."""
    attachments = [AttachmentData(f"{number}.png", b"x", content_id=each) for number, each in enumerate(ids)]
    assert missing_ids(html, attachments) == missing


@pytest.mark.parametrize("text", [None, "Hello"])
async def test_who_composes_is_told_of_images_that_are_missing(caplog, text):
    """In a line of the log that names some of them; the message can be sent."""
    html = "".join(f'<img src="cid:{number}">' for number in range(7)) + " " * 70_000 * (text is None)
    data = await compose_email("ada@example.org", "s", text, html)
    says = f"{data.message_id} shows images by cid: that no attachment has as content_id: '0', '1', '2', '3', '4'"
    assert [(each.levelno, each.getMessage()) for each in caplog.records] == [(logging.WARNING, says)]


async def test_nobody_is_told_of_images_that_are_there(caplog):
    """Nor where there are none."""
    logo = AttachmentData("logo.png", b"x", content_id="logo")
    await compose_email("ada@example.org", "s", html='<img src="cid:logo">', attachments=[logo])
    await compose_email("ada@example.org", "s", html="<p>Hello</p>")
    await compose_email("ada@example.org", "s", "cid:logo")
    assert not caplog.records
