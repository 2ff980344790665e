"""What the inbox shows of messages, however hostile or broken they are."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime, timedelta

import pytest
from inbox_client import ask, keep

from openviper.conf import override_settings
from openviper.core.email import send_email
from openviper.core.email._inbox.decoding import content_of
from openviper.core.email._inbox.mime import parse_message
from openviper.core.email._inbox.rendering import Links, local_time, readable_size
from openviper.core.email.attachments import AttachmentData
from openviper.core.email.backends.memory import outbox

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
SCRIPT = "<script>alert(1)</script>"
HOSTILE = f"\"><img src=x onerror=alert(1)>{SCRIPT}'{{{{7*7*7*7*7*7}}}}</title></textarea>"
NESTED = "".join(f"Content-Type: multipart/mixed; boundary=b{depth}\n\n--b{depth}\n" for depth in range(3000))


@pytest.fixture(autouse=True)
def _memory():
    """Mail is kept in memory, and nothing of another test is there."""
    outbox.clear()
    with override_settings(EMAIL_BACKEND="memory"):
        yield
    outbox.clear()


def html_mail(html: str, headers: str = "", charset: str = "utf-8") -> str:
    return (
        f"From: a@b.example\nTo: c@d.example\nSubject: x\n{headers}Content-Type: text/html; charset={charset}\n\n{html}"
    )


async def test_a_sent_message_is_shown_as_it_was_written():
    """From, to, subject, html, text, files and those who are in no header."""
    await send_email(
        "Ada Lovelace <ada@example.org>",
        "Grüße, 你好",
        "Hello in text",
        "<p>Hello in html</p>",
        sender="The News <news@example.org>",
        cc="cc@example.org",
        bcc="bcc@example.org",
        attachments=[("Übersicht.pdf", b"%PDF-1.7")],
    )
    id = outbox[0].id
    page = (await ask("/")).text
    for text in ("Grüße, 你好", "The News", "Ada Lovelace &lt;ada@example.org&gt;", ">HTML<", "1 file<"):
        assert text in page
    message = (await ask(f"/messages/{id}")).text
    for text in (
        "Grüße, 你好",
        "The News &lt;news@example.org&gt;",
        "cc@example.org",
        "<dt>Bcc</dt>",
        "bcc@example.org",
    ):
        assert text in message
    assert "Hello in html" in (await ask(f"/messages/{id}/frame")).text
    assert "Hello in text" in (await ask(f"/messages/{id}/text")).text
    assert "Übersicht.pdf" in (await ask(f"/messages/{id}/attachments")).text
    headers = (await ask(f"/messages/{id}/headers")).text
    assert "RCPT TO" in headers
    assert "multipart/mixed" in headers
    assert (await ask(f"/messages/{id}/message.eml")).body == outbox[0].raw


async def test_json_has_the_same():
    """For tests and scripts, with addresses of all that it leaves out."""
    await send_email(
        "ada@example.org", "Hé", "text", "<p>html</p>", bcc="bcc@example.org", attachments=[("a.bin", b"\0\1")]
    )
    (row,) = (await ask("/api/messages")).json()["messages"]
    assert (row["subject"], row["to"], row["has_html"], row["attachments"]) == ("Hé", "ada@example.org", True, 1)
    whole = (await ask(row["url"])).json()
    assert (whole["text"].strip(), whole["html"].strip()) == ("text", "<p>html</p>")
    assert whole["envelope_recipients"] == ["ada@example.org", "bcc@example.org"]
    assert ["Subject", "Hé"] in whole["headers"]
    (file,) = whole["attachments"]
    assert (file["filename"], file["size"]) == ("a.bin", 2)
    assert (await ask(file["url"])).body == b"\0\1"
    assert (await ask(whole["source_url"])).body == outbox[0].raw


@pytest.mark.parametrize("path", ["", "/text", "/headers", "/source", "/attachments", "/html"])
async def test_markup_of_a_message_is_text_on_our_pages(path):
    """Wherever it stands: addresses, subject, header names and values, file names, types, the text itself."""
    keep(
        f"From: {HOSTILE}\nTo: {HOSTILE}\nCc: {HOSTILE}\nSubject: {HOSTILE}\nX-Test: {HOSTILE}\nX<b>y: 1\n"
        f"Content-Type: multipart/mixed; boundary=b\n\n--b\n\n{HOSTILE}\n"
        f"--b\nContent-Type: text/html\n\n{HOSTILE}\n"
        f"--b\nContent-Type: app/{HOSTILE.replace(chr(34), '')}\nContent-ID: <{HOSTILE}>\n"
        f"Content-Disposition: attachment; filename*=utf-8''%22%3E%3Cscript%3E\n\nx\n--b--\n",
        sender=HOSTILE,
        to=(HOSTILE,),
    )
    for page in [await ask(f"/messages/m1{path}"), await ask("/"), await ask(f"/?q={SCRIPT}")]:
        assert page.status == 200
        assert not re.search(r"<script|<img src=x|<b>y|117649", page.text.replace("</b>", ""))


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


async def test_the_list_has_pages_and_the_newest_first():
    """50 on each."""
    for number in range(120):
        keep(f"Subject: number {number}\n\nx", id=f"m{number}")
    first, last = (await ask("/")).text, (await ask("/?page=3")).text
    assert "number 119<" in first
    assert "number 69<" not in first
    assert "Page 1 of 3" in first
    assert "number 0<" in last
    assert "/?page=2" in last
    assert "Page 3 of 3" in (await ask("/?page=99")).text
    assert [each["id"] for each in (await ask("/api/messages?page=3")).json()["messages"]][-1] == "m0"


async def test_the_search_looks_at_addresses_and_subjects():
    """All words, in any case and order; encoded words are read first."""
    keep("From: Ada <ada@example.org>\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?= from home\n\nx", id="found")
    keep("From: bob@example.org\nSubject: other\n\nGrüße", id="other")
    for words in ("grüsse", "GRÜSSE", "home+ada", "ada@example"):
        found = (await ask(f"/api/messages?q={words}")).json()
        assert [each["id"] for each in found["messages"]] == ["found"], words
    page = (await ask("/?q=nobody")).text
    assert "Nothing found" in page
    assert 'value="nobody"' in page


async def test_watching_is_a_refresh_and_no_script():
    """The page asks to be loaded again; no page has a script."""
    keep("Subject: x\n\nx")
    assert 'http-equiv="refresh" content="5"' in (await ask("/?watch=1")).text
    assert "refresh" not in (await ask("/")).text.replace("Refresh", "")
    for path in ("/", "/messages/m1", "/previews"):
        assert "<script" not in (await ask(path)).text
        assert " style=" not in (await ask(path)).text


async def test_addresses_in_a_text_are_links():
    """Of pages alone, to their end, and what is not one is text."""
    keep('Subject: x\n\nsee https://example.org/a?b=1&c=2 and javascript:alert(1) "http://x.example/">')
    page = (await ask("/messages/m1/text")).text
    assert '<a href="https://example.org/a?b=1&amp;c=2" target="_blank" rel="noopener noreferrer">' in page
    assert '<a href="http://x.example/"' in page
    assert 'href="javascript' not in page


async def test_thousands_of_recipients_fit_on_a_page():
    """Some are named, and how many more there are."""
    keep("Subject: x\n\nx", to=tuple(f"r{number}@example.org" for number in range(5000)))
    assert "and 4900 more" in (await ask("/messages/m1")).text
    assert "and 4900 more" in (await ask("/messages/m1/headers")).text


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (9_949, "9.9 kB"),
        (12_345, "12 kB"),
        (999_499, "999 kB"),
        (25_000_000, "25.0 MB"),
    ],
)
def test_a_size_can_be_read(size, text):
    """In units of 1,000, as disks have them."""
    assert readable_size(size) == text


def test_a_time_is_as_long_as_it_has_to_be():
    """Today's has seconds, others the day, and last year's the year."""
    now = datetime(2026, 3, 5, 12, 0, tzinfo=UTC).astimezone()
    assert local_time(now, now) == f"{now:%H:%M:%S}"
    assert local_time(now - timedelta(days=2), now) == f"3 Mar, {now:%H:%M}"
    assert "2025" in local_time(now - timedelta(days=200), now)


def test_a_link_has_one_slash_and_no_empty_query():
    """Each segment is quoted."""
    links = Links("/__mail__/")
    assert links() == "/__mail__/"
    assert links("messages", "a/b?", q="", page=None, x="1 2") == "/__mail__/messages/a%2Fb%3F?x=1+2"


@pytest.mark.parametrize("length", [2**20 - 60, *range(2**20 - 40, 2**20 + 4, 3), 2**21])
def test_a_part_ends_wherever_its_delimiter_stands(length):
    """A message is searched in steps; none is missed between two of them."""
    body = b"x" * length
    root = parse_message(
        b"Content-Type: multipart/mixed; boundary=bound\r\n\r\n--bound\r\n\r\n" + body + b"\r\n--bound--\r\n"
    )
    assert [content_of(part) for part in root.children] == [body]
