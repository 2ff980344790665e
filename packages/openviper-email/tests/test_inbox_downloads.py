"""Attachments and messages as files on somebody's disk."""

from __future__ import annotations

import re

import pytest
from inbox_client import ask, keep

from openviper.core.email import send_email
from openviper.core.email._inbox.downloads import attachment_header, safe_name
from openviper.core.email.backends.memory import outbox

SCRIPT = "<script>alert(1)</script>"


pytestmark = pytest.mark.usefixtures("memory")


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
