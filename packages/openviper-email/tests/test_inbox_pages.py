"""What the inbox shows of messages, however hostile or broken they are."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime, timedelta

import pytest
from inbox_client import ask, keep

from openviper.conf import override_settings
from openviper.core.email import send_email
from openviper.core.email._inbox.decoding import content_of, content_size, decoded_header, text_of, visible
from openviper.core.email._inbox.downloads import attachment_header, safe_name
from openviper.core.email._inbox.html_body import Image, frame_of, remote_count
from openviper.core.email._inbox.mime import parse_message
from openviper.core.email._inbox.rendering import Links, local_time, readable_size
from openviper.core.email.attachments import AttachmentData
from openviper.core.email.backends.memory import outbox

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
SCRIPT = "<script>alert(1)</script>"


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


def image(content_type: str, content: bytes) -> Image:
    return Image(content_type, lambda: content)


HOSTILE = f"\"><img src=x onerror=alert(1)>{SCRIPT}'{{{{7*7*7*7*7*7}}}}</title></textarea>"


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


NESTED = "".join(f"Content-Type: multipart/mixed; boundary=b{depth}\n\n--b{depth}\n" for depth in range(3000))


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


@pytest.mark.parametrize(
    ("charset", "content", "text"),
    [
        ("utf-8", "é".encode(), "é"),
        ("", "é".encode(), "é"),
        ("iso-8859-1", b"\xe9", "é"),
        ("windows-1252", b"\x80", "€"),
        ("gb2312", "你".encode("gb2312"), "你"),
        ("iso-2022-jp", "日".encode("iso2022_jp"), "日"),
    ],
)
def test_a_charset_of_mail_is_read(charset, content, text):
    """Each by the name that mail gives it."""
    assert text_of(content, charset) == (text, "")


@pytest.mark.parametrize(
    "charset", ["punycode", "idna", "unicode_escape", "rot13", "zlib", "x-unknown", "../x", "a" * 99]
)
def test_what_is_no_charset_is_read_as_utf8_and_a_note(charset):
    """Python has codecs that are none, and some take hours."""
    text, problem = text_of("é".encode(), charset)
    assert text == "é"
    assert "is not known" in problem


def test_a_charset_that_lies_is_noted():
    """What cannot be read is marked, and the rest is read."""
    text, problem = text_of(b"caf\xe9", "utf-8")
    assert text == "caf\ufffd"
    assert "not all 'utf-8'" in problem or "not all utf-8" in problem


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain", "plain"),
        ("=?utf-8?b?R3LDvMOfZQ==?=", "Grüße"),
        ("=?utf-8?Q?a_b=20c?= d", "a b c d"),
        ("=?utf-8?q?a?= =?utf-8?q?b?=", "ab"),
        ("=?utf-8?q?a?=   =?iso-8859-1?q?=E9?= c", "aé c"),
        ("=?utf-8?q?=C3?= =?utf-8?q?=A9?=", "é"),
        ("a =?utf-8*de?q?b?= c", "a b c"),
        ("x=?utf-8?q?y?=z", "xyz"),
        ("=?utf-8?x?y?=", "=?utf-8?x?y?="),
        ("=?utf-8?q?never ends", "=?utf-8?q?never ends"),
        ("=?unknown?q?a?= b", "a b"),
    ],
)
def test_encoded_words_are_decoded(value, text):
    """RFC 2047; what is none stays."""
    assert decoded_header(value) == text


def test_what_cannot_be_seen_is_written_out():
    """Controls, and what makes ``exe.txt`` of ``txt.exe``."""
    assert visible("a\0\r\n\u202etxt.exe\ud800") == "a\\x00\\r\\n\\u202etxt.exe\\ud800"
    assert visible("Grüße 你好 😀") == "Grüße 你好 😀"


@pytest.mark.parametrize(
    ("encoding", "body", "content"),
    [
        ("base64", b"aGVsbG8=\r\n", b"hello"),
        ("base64", b"aGV\r\nsbG8", b"hello"),
        ("base64", b"aGVs!bG8 =\0", b"hello"),
        ("base64", b"aGVsb", b"hel"),
        ("BASE64 ", b"aGVsbG8=", b"hello"),
        ("quoted-printable", b"a=3Db=\r\nc", b"a=bc"),
        ("7bit", b"a=3Db", b"a=3Db"),
        ("", b"x", b"x"),
    ],
)
def test_a_transfer_encoding_is_undone_as_far_as_it_can_be(encoding, body, content):
    """And its size is known without that."""
    part = parse_message(b"Content-Transfer-Encoding: " + encoding.encode() + b"\r\n\r\n" + body)
    assert content_of(part) == content
    assert content_size(part) == len(content)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Windows\\x.exe", "x.exe"),
        ("..", "file"),
        ("", "file"),
        ("/", "file"),
        (".bashrc", "bashrc"),
        ('a"b.txt', "a_b.txt"),
        ("a\r\nSet-Cookie: x=1.txt", "a__Set-Cookie_ x=1.txt"),
        ("a\0b.txt", "a_b.txt"),
        ("\u202egnp.exe", "_gnp.exe"),
        ("con.txt", "file-con.txt"),
        ("%2e%2e%2fx", "_2e_2e_2fx"),
        ("$(rm -rf).sh", "_(rm -rf).sh"),
        ("Übersicht 你好.pdf", "Übersicht 你好.pdf"),
        (" . ", "file"),
    ],
)
def test_a_file_is_saved_under_a_plain_name(name, safe):
    """Without folders, controls, quotes, and names that a system takes for something else."""
    assert safe_name(name, "file") == safe


@pytest.mark.parametrize("junk", [b"", b"\r\n", b"!\r\n"])
def test_base64_of_any_length_is_decoded(junk):
    """Wherever it is cut into pieces."""
    content = bytes(range(256)) * 4000
    for length in (0, 1, 2, 3, 196_607, 196_608, 196_609, 1_000_000):
        lines = base64.encodebytes(content[:length]).replace(b"\n", junk)
        part = parse_message(b"Content-Transfer-Encoding: base64\r\n\r\n" + lines)
        assert content_of(part) == content[:length]
        assert content_size(part) == length


def test_a_long_name_keeps_its_suffix():
    """File systems take 255 bytes."""
    name = safe_name("你" * 1000 + ".pdf", "file")
    assert name.endswith("你.pdf")
    assert len(name.encode()) <= 200


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("a b.pdf", 'attachment; filename="a b.pdf"'),
        ("Ü.pdf", "attachment; filename=\"_.pdf\"; filename*=UTF-8''%C3%9C.pdf"),
    ],
)
def test_content_disposition_says_the_name_twice_where_it_is_not_ascii(name, header):
    """RFC 6266, appendix D."""
    assert attachment_header(name) == header


@pytest.mark.parametrize("content_type", ["text/html", "image/svg+xml", "application/xhtml+xml", "text/javascript"])
async def test_an_attachment_is_never_shown_inline(content_type):
    """It is a download of bytes, whatever it says that it is, under a name that can do no harm."""
    keep(
        f"Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\ntext\n--b\nContent-Type: {content_type}\n"
        f'Content-Disposition: inline; filename="../../x\\".html"\n\n{SCRIPT}\n--b--\n'
    )
    answer = await ask("/messages/m1/attachments/1")
    assert answer.body == SCRIPT.encode()
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == 'attachment; filename="x_.html"'
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_subject_cannot_inject_a_header_into_the_download():
    """It is part of the file's name."""
    keep("Subject: =?utf-8?q?x=0D=0ASet-Cookie=3A_a=3Db=22?=\n\nx")
    answer = await ask("/messages/m1/message.eml")
    assert "set-cookie" not in answer.headers
    assert re.fullmatch(r'attachment; filename="[\w\- =.]+\.eml"', answer.headers["content-disposition"])


async def test_a_large_attachment_comes_in_one_piece():
    """What is sent in pieces adds up."""
    content = bytes(range(256)) * 10_000
    await send_email("a@b.example", "x", "x", attachments=[("a.bin", content)])
    assert (await ask(f"/messages/{outbox[0].id}/attachments/1")).body == content


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
