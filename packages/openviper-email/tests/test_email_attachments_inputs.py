"""What may stand in ``attachments=``."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from openviper.core.email.attachments import (
    AttachmentData,
    resolve_attachments,
)
from openviper.core.email.errors import AttachmentError


@pytest.mark.parametrize("given", [[], (), iter([]), {}.values()])
async def test_nothing_may_be_attached(given):
    """No attachments are none."""
    assert await resolve_attachments(given) == []


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (None, "NoneType is no attachment"),
        (3, "int is no attachment"),
        (["a.csv", b"1"], "list is no attachment"),
        (io.BytesIO(b"1"), "BytesIO is no attachment; read it, and give the bytes"),
        ((), "a tuple of 0"),
        ((b"1",), "a tuple of 1"),
        (("a.csv", b"1", "text/csv", "logo"), "a tuple of 4"),
        ((b"1", "a.csv"), r"the first of a tuple is bytes, the second str; expected \(filename"),
        ((memoryview(b"1"), "a.csv", "text/csv"), "the first of a tuple is memoryview, the second str; expected"),
        (
            "/etc/passwd",
            r"openviper\.core\.email\.attachments\.ATTACHMENT_ALLOWED_DIRS is empty \(a variable of the module",
        ),
        (("a.csv", "text"), r"is a str; expected bytes; give text as text.encode\(\), a file as its path"),
        (("a.csv", None), "is a NoneType; expected bytes"),
        (("a.csv", Path("/etc/passwd")), "is a PosixPath; expected bytes"),
        ((b"a.csv", b"1"), "filename="),
        (("a/b.csv", b"1"), "filename="),
        (("a.csv", b"1", "csv"), "mimetype='csv' is not type/subtype"),
        (("a.csv", b"1", "/png"), "mimetype='/png' is not type/subtype"),
        ({}, "needs one of content, path, url; it has none"),
        ({"filename": "a.csv"}, "it has none"),
        ({"content": b"1", "path": "/x"}, "it has content, path"),
        ({"contents": b"1"}, "has no 'contents'; .*; did you mean 'content'?"),
        ({"content": b"1", "mime_type": "text/csv"}, "has no 'mime_type'; .*; did you mean 'mimetype'?"),
        ({"content": b"1", 3: b"1"}, "has no 3; expected content"),
        ({"path": b"/etc/passwd"}, "the path of an attachment is a bytes"),
        ({"url": Path("/etc/passwd")}, "the url of an attachment is a PosixPath"),
        ({"content": b"1", "content_id": "<logo>"}, "content_id='<logo>' is no id"),
        ("/etc/passwd", "ATTACHMENT_ALLOWED_DIRS is empty"),
        (Path("/etc/passwd"), "ATTACHMENT_ALLOWED_DIRS is empty"),
        ({"path": "/etc/passwd"}, "ATTACHMENT_ALLOWED_DIRS is empty"),
        ("", "is no path"),
        ("./report:2024.csv", "ATTACHMENT_ALLOWED_DIRS is empty"),
        ("C:\\report.csv", "ATTACHMENT_ALLOWED_DIRS is empty"),
        ("report:2024.csv", "scheme is 'report'"),
        ("file:///etc/passwd", "scheme is 'file'"),
        ("\tjavascript:alert(1)", r"has '\\t'"),
        ("http://127.0.0.1/", "127.0.0.1 is not a public address"),
        ("http://169.254.169.254/latest/meta-data/", "is not a public address"),
        ("http://[::1]/", "::1 is not a public address"),
        ("https://localhost/", "an address that is not public"),
        ({"url": "/etc/passwd"}, "scheme is"),
    ],
)
async def test_what_cannot_be_attached_is_refused(given, reason):
    """With its place, what is wrong, and what would be right."""
    with pytest.raises(ValueError, match=reason) as refused:
        await resolve_attachments([b"1", given])
    assert isinstance(refused.value, AttachmentError)
    assert str(refused.value).startswith("attachments[1]: ")
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 900


@pytest.mark.parametrize(
    "given", [None, 3, "a.csv", b"1", bytearray(b"1"), {"content": b"1"}, AttachmentData("a", b"")]
)
async def test_attachments_are_a_list(given):
    """A single one in its place would be taken apart."""
    with pytest.raises(AttachmentError, match="expected a list"):
        await resolve_attachments(given)


@pytest.mark.parametrize("given", [("a.txt", b"x"), ("a.txt", bytearray(b"x"), "text/plain"), ("notes", b"x")])
async def test_a_pair_without_its_list_is_told_from_two_attachments(given):
    """It would be a path, which is refused, and bytes without a name."""
    with pytest.raises(AttachmentError, match=rf"is a \(filename, content\) pair, of {given[0]!r}; put it in a list"):
        await resolve_attachments(given)
