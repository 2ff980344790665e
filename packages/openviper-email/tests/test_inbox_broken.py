"""Messages that are broken, or too large for a page."""

from __future__ import annotations

import re

import pytest
from inbox_client import ask, keep

NESTED = "".join(f"Content-Type: multipart/mixed; boundary=b{depth}\n\n--b{depth}\n" for depth in range(3000))
pytestmark = pytest.mark.usefixtures("memory")


@pytest.mark.parametrize("kind", ["plain", "html"])
async def test_a_body_of_10_mb_is_shown_in_part_and_downloaded_whole(kind):
    """No page is larger than some hundred kilobytes."""
    captured = keep(f"Subject: x\nContent-Type: text/{kind}\n\n" + "<b>0123456789 \u00e9</b>\n" * 600_000)
    for path in ("", "/text", "/source", "/headers", "/attachments"):
        page = await ask(f"/messages/m1{path}")
        assert page.status == 200
        assert len(page.body) < 3_000_000, path
    assert "256 KiB" in (await ask("/messages/m1/source")).text
    assert (await ask("/messages/m1/message.eml")).body == captured.raw


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "\n",
        "\n\n\n",
        "no header at all",
        "Subject",
        ": x\n\nbody",
        " folded first\nSubject: x\n\nbody",
        "Subject: x\n" + " y\n" * 50_000 + "\nbody",
        "X: y\n" * 50_000 + "\nbody",
        "Subject: " + "x" * 1_000_000 + "\n\nbody",
        "Subject: " + "=?" * 100_000 + "\n\nbody",
        "Subject: " + "=?utf-8?q?a?= " * 50_000 + "\n\nbody",
        "Subject: =?punycode?q?" + "a" * 900 + "?= =?\0?b?x?= =?utf-8?b?!!!?=\n\nbody",
        "From: " + "<" * 100_000 + "\nTo: " + "a@b.example, " * 100_000 + "\n\nbody",
        "Content-Type: multipart/mixed\n\nno boundary",
        'Content-Type: multipart/mixed; boundary=""\n\n--\n\nx\n----\n',
        "Content-Type: multipart/mixed; boundary=b\n\nno part",
        "Content-Type: multipart/mixed; boundary=b\n\n--b",
        "Content-Type: multipart/mixed; boundary=b\n\n--b--\n--b\n\nx",
        "Content-Type: multipart/mixed; boundary=b\n\n--b\n--b\n--b--",
        "Content-Type: multipart/mixed; boundary=b\n\n--bc\n\nx\n--b \t\n\ny",
        "Content-Type: multipart/mixed; boundary=b\n\n" + "--b\n" * 200_000,
        "Content-Type: multipart/mixed; boundary=b\n\n" + "--bx\n" * 200_000,
        "Content-Type: multipart/mixed; boundary*0*=utf-8''%ff; boundary*5=x\n\n--x\n\n",
        "Content-Type: multipart/mixed; boundary=b" + "; a=b" * 100_000 + "\n\n--b\n\nx\n--b--",
        'Content-Type: text/html; charset="' + "\\" * 100_000 + "\n\nx",
        "Content-Type: /; =;;;\n\nx",
        "Content-Type: text/plain; charset=\0\n\nx",
        "Content-Type: text/plain;  0*0*==x;0*\n\nx",
        "Content-Type: text/plain; x0*==)idna''%zz'\n\nx",
        "Content-Type: text/plain; charset=bz2\n\nx",
        "Content-Type: text/plain; charset=punycode\n\n" + "a-" * 500_000,
        "Content-Type: text/plain; charset=utf-16\n\nodd",
        "Content-Type: text/plain; charset=utf-7\n\n+ADw-script+AD4- +2AA-",
        "Content-Transfer-Encoding: base64\n\nA",
        "Content-Transfer-Encoding: base64\n\n====\n!!!!",
        "Content-Transfer-Encoding: quoted-printable\n\n=\n=ZZ=3",
        "Content-Transfer-Encoding: x-uuencode\n\nbegin 644 x\n",
        "Content-Type: message/rfc822\n\nSubject: inner\n\nx",
        "Content-Type: text/html\nContent-Disposition: attachment; filename=" + "../" * 1000 + "\n\nx",
        NESTED,
        b"\xff\xfe\x00" * 1000,
        b"Subject: \xff\xe4\x00\x07\x1b[31m\n\n\xff",
    ],
    ids=lambda raw: repr(raw[:40]),
)
async def test_a_broken_message_breaks_no_page(raw):
    """Whatever it is, it is listed, and each of its pages is there within seconds."""
    captured = keep(raw)
    assert 'href="/messages/m1"' in (await ask("/")).text
    for path in ("", "/text", "/headers", "/source", "/attachments"):
        page = await ask(f"/messages/m1{path}")
        assert page.status == 200
        assert len(page.body) < 3_000_000
        assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", page.text)
    assert (await ask("/messages/m1/frame")).status == 200
    assert (await ask("/api/messages/m1")).json()["id"] == "m1"
    assert (await ask("/messages/m1/message.eml")).body == captured.raw
    for file in (await ask("/api/messages/m1")).json()["attachments"]:
        assert (await ask(file["url"])).status == 200
