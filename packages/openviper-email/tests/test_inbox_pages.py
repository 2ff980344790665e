"""What the inbox shows of messages, however hostile or broken they are."""

from __future__ import annotations

import re

import pytest
from inbox_client import ask, keep

from openviper.core.email import send_email
from openviper.core.email._inbox.decoding import content_of
from openviper.core.email._inbox.mime import parse_message
from openviper.core.email.backends.memory import outbox

SCRIPT = "<script>alert(1)</script>"
HOSTILE = f"\"><img src=x onerror=alert(1)>{SCRIPT}'{{{{7*7*7*7*7*7}}}}</title></textarea>"
pytestmark = pytest.mark.usefixtures("memory")


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


@pytest.mark.parametrize("length", [2**20 - 60, *range(2**20 - 40, 2**20 + 4, 3), 2**21])
def test_a_part_ends_wherever_its_delimiter_stands(length):
    """A message is searched in steps; none is missed between two of them."""
    body = b"x" * length
    root = parse_message(
        b"Content-Type: multipart/mixed; boundary=bound\r\n\r\n--bound\r\n\r\n" + body + b"\r\n--bound--\r\n"
    )
    assert [content_of(part) for part in root.children] == [body]
