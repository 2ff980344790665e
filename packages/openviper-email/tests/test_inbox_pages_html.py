"""The html of a message on its page, and in its frame."""

from __future__ import annotations

import base64

import pytest
from inbox_client import ask, keep

from openviper.core.email import send_email
from openviper.core.email.attachments import AttachmentData
from openviper.core.email.backends.memory import outbox

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
SCRIPT = "<script>alert(1)</script>"
pytestmark = pytest.mark.usefixtures("memory")


def html_mail(html: str, headers: str = "", charset: str = "utf-8") -> str:
    return (
        f"From: a@b.example\nTo: c@d.example\nSubject: x\n{headers}Content-Type: text/html; charset={charset}\n\n{html}"
    )


async def test_the_frame_runs_nothing_and_loads_nothing():
    """Its policy and its sandbox say so; its page's frame says so too."""
    keep(html_mail(SCRIPT))
    frame = await ask("/messages/m1/frame")
    policy = frame.headers["content-security-policy"]
    assert "default-src 'none'; img-src data:; " in policy
    assert "sandbox allow-popups allow-popups-to-escape-sandbox" in policy
    assert "allow-scripts" not in policy
    assert "form-action 'none'" in policy
    assert "base-uri 'none'" in policy
    assert frame.headers["referrer-policy"] == "no-referrer"
    page = (await ask("/messages/m1")).text
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page


async def test_remote_images_are_counted_and_shown_on_request():
    """The note has a link that lets images through, and nothing else."""
    keep(html_mail('<img src="https://x.example/a.png"><div style="background:url(//x.example/b)">'))
    page = (await ask("/messages/m1")).text
    assert "2 images from elsewhere are blocked" in page
    assert "/messages/m1/html?remote=1" in page
    shown = await ask("/messages/m1/html?remote=1")
    assert "/messages/m1/frame?remote=1" in shown.text
    policy = (await ask("/messages/m1/frame?remote=1")).headers["content-security-policy"]
    assert "default-src 'none'; img-src data: http: https:; style-src 'unsafe-inline'" in policy


async def test_an_inline_image_is_shown_from_the_message():
    """``cid:`` becomes ``data:``, so that no address of this server is in the frame's policy."""
    image = AttachmentData("logo.png", PIXEL, "image/png", content_id="logo@x")
    await send_email(
        "a@b.example", "x", html='<img src="cid:logo@x"><b style="background:url(cid:logo@x)">', attachments=[image]
    )
    frame = (await ask(f"/messages/{outbox[0].id}/frame")).text
    url = "data:image/png;base64," + base64.b64encode(PIXEL).decode()
    assert f'<img src="{url}">' in frame
    assert f"url({url})" in frame
    assert "1 file<" not in (await ask("/")).text


async def test_of_two_parts_with_one_content_id_the_first_is_shown_and_a_note():
    """Mail programs differ; whoever made it should know."""
    part = "--b\nContent-Type: image/png\nContent-ID: <x>\n\n"
    keep(
        "From: a@b.example\nSubject: x\nContent-Type: multipart/related; boundary=b\n\n"
        f"--b\nContent-Type: text/html\n\n<img src=cid:x><img src=cid:gone>\n{part}one\n{part}two\n--b--\n"
    )
    page = (await ask("/messages/m1")).text
    assert "2 parts have the Content-ID &#39;x&#39;; the html shows the first." in page
    assert "No part has the Content-ID &#39;gone&#39;" in page
    frame = (await ask("/messages/m1/frame")).text
    assert base64.b64encode(b"one").decode() in frame
    assert base64.b64encode(b"two").decode() not in frame
