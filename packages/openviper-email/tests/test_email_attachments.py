"""What can be attached, and what comes of it."""

from __future__ import annotations

import asyncio
import copy
import dataclasses
import io
import pickle
import subprocess
import sys
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_network
from pathlib import Path
from threading import Thread

import pytest

from openviper.core.email import attachments
from openviper.core.email._attaching import networks
from openviper.core.email.attachments import (
    AttachmentData,
    NoRedirectHandler,
    resolve_attachments,
    resolve_file_attachment,
)
from openviper.core.email.errors import AttachmentError, InvalidMessage
from openviper.core.errors import ImproperlyConfigured

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"


@pytest.fixture
def uploads(tmp_path, monkeypatch):
    """A folder that is allowed, with two files."""
    (tmp_path / "report.csv").write_bytes(b"a,b\n")
    (tmp_path / "logo").write_bytes(PNG)
    monkeypatch.setattr(attachments, "ATTACHMENT_ALLOWED_DIRS", [str(tmp_path)])
    return tmp_path


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(302 if self.path == "/redirect" else 200)
        self.send_header("Location", "/report.csv")
        self.send_header("Content-Length", "4")
        self.end_headers()
        self.wfile.write(b"a,b\n")

    def log_message(self, *args):
        pass


@pytest.fixture
def site(monkeypatch):
    """A server on loopback, its port allowed, and loopback public for once."""
    monkeypatch.setattr(networks, "_also_public", (ip_network("127.0.0.0/8"), ip_network("::1/128")))
    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        monkeypatch.setattr(attachments, "ALLOWED_URL_PORTS", {server.server_port})
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()
        thread.join(10)


@pytest.mark.parametrize(
    ("given", "filename", "content", "mimetype"),
    [
        (b"%PDF-1.7", "attachment-1.pdf", b"%PDF-1.7", "application/pdf"),
        (bytearray(PNG), "attachment-1.png", PNG, "image/png"),
        (memoryview(b"text"), "attachment-1.bin", b"text", "application/octet-stream"),
        (b"", "attachment-1.bin", b"", "application/octet-stream"),
        (AttachmentData("a.csv", b"1"), "a.csv", b"1", "text/csv"),
        (("a.csv", b"1"), "a.csv", b"1", "text/csv"),
        (("a.csv", b"1", None), "a.csv", b"1", "text/csv"),
        (("a.csv", b"1", "text/plain"), "a.csv", b"1", "text/plain"),
        (("a\r\n.csv", b"1"), "a.csv", b"1", "text/csv"),
        ((None, PNG), "attachment-1.png", PNG, "image/png"),
        ({"content": b"1", "filename": "chart.png", "mimetype": "image/png"}, "chart.png", b"1", "image/png"),
        ({"content": b"1"}, "attachment-1.bin", b"1", "application/octet-stream"),
        ({"content": b"1", "mimetype": "text/csv"}, "attachment-1.csv", b"1", "text/csv"),
        ({"content": b"", "path": None, "mimetype": "TEXT/CSV"}, "attachment-1.csv", b"", "text/csv"),
    ],
)
async def test_bytes_are_attached(given, filename, content, mimetype):
    """Alone, as a tuple, as a dict, or finished; with the type that is given, found, or named."""
    (found,) = await resolve_attachments([given])
    assert (found.filename, found.content, found.mimetype) == (filename, content, mimetype)
    assert type(found.content) is bytes


async def test_files_and_urls_are_attached(uploads, site):
    """By text and by Path, with what a dict says about them; in the order in which they were given."""
    found = await resolve_attachments(
        [
            f"{site}/data.csv",
            f"{uploads}/report.csv",
            uploads / "logo",
            {"path": uploads / "logo", "filename": "logo.png", "content_id": "logo"},
            {"url": f"{site}/", "filename": "rates.csv", "mimetype": "text/plain"},
            {"url": f"{site}/"},
            b"seventh",
            AttachmentData("last.csv", b"last"),
        ]
    )
    assert [(each.filename, each.mimetype, each.content_id) for each in found] == [
        ("data.csv", "text/csv", None),
        ("report.csv", "text/csv", None),
        ("logo", "image/png", None),
        ("logo.png", "image/png", "logo"),
        ("rates.csv", "text/plain", None),
        ("attachment-6.bin", "application/octet-stream", None),
        ("attachment-7.bin", "application/octet-stream", None),
        ("last.csv", "text/csv", None),
    ]
    assert [each.content for each in found][2:] == [PNG, PNG, b"a,b\n", b"a,b\n", b"seventh", b"last"]


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


async def test_a_path_and_bytes_may_stand_in_a_tuple(uploads):
    """As in a list."""
    first, second = await resolve_attachments((f"{uploads}/report.csv", b"GIF89a"))
    assert (first.filename, second.filename) == ("report.csv", "attachment-2.gif")


async def test_one_that_is_refused_ends_the_others(uploads, site):
    """The first that fails is the error, alone, with its cause; the rest is given up."""
    with pytest.raises(AttachmentError, match=r"attachments\[1\]: file .* cannot be read: No such file") as refused:
        await resolve_attachments([f"{site}/data.csv", uploads / "nothing", uploads / "report.csv"])
    assert isinstance(refused.value.__cause__, FileNotFoundError)


async def test_a_cancelled_resolution_is_cancelled(site):
    """Cancelling goes through, and is no refusal."""
    task = asyncio.ensure_future(resolve_attachments([f"{site}/data.csv"]))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_there_is_a_deadline(uploads, site):
    """For all of them together, as an argument."""
    with pytest.raises(AttachmentError, match="no complete answer came within 0 s"):
        await resolve_attachments([f"{site}/data.csv"], timeout=0)
    with pytest.raises(AttachmentError, match="was not read within 0 s"):
        await resolve_attachments([uploads / "report.csv"], timeout=0)


def test_a_file_is_resolved_alone(uploads):
    """A plain function, for threads and scripts; with the documented error where no folder is allowed."""
    assert resolve_file_attachment(f"{uploads}/report.csv") == AttachmentData("report.csv", b"a,b\n")
    attachments.ATTACHMENT_ALLOWED_DIRS = []
    with pytest.raises(ValueError, match="files are disabled"):
        resolve_file_attachment(f"{uploads}/report.csv")


async def test_the_attributes_of_the_module_are_read_at_each_call(uploads, site, monkeypatch):
    """Assigning folders, sizes, schemes and ports takes effect at once."""
    url, path = f"{site}/data.csv", uploads / "report.csv"
    await resolve_attachments([url, path, b"1234"])
    for name, value, given, reason in [
        ("ATTACHMENT_ALLOWED_DIRS", ["/nowhere"], path, "is outside of the folders"),
        ("ATTACHMENT_ALLOWED_DIRS", [], path, "is empty"),
        ("MAX_ATTACHMENT_BYTES", 3, path, "has 4 bytes; attachments.MAX_ATTACHMENT_BYTES is 3"),
        ("MAX_ATTACHMENT_BYTES", 3, url, "has 4 bytes; attachments.MAX_ATTACHMENT_BYTES is 3"),
        ("MAX_ATTACHMENT_BYTES", 3, b"1234", "has 4 bytes; attachments.MAX_ATTACHMENT_BYTES is 3"),
        ("ALLOWED_URL_SCHEMES", {"https"}, url, "its scheme is 'http'"),
        ("ALLOWED_URL_SCHEMES", set(), url, "its scheme is 'http'"),
        ("ALLOWED_URL_PORTS", {443}, url, "its port is"),
    ]:
        with monkeypatch.context() as patch:
            patch.setattr(attachments, name, value)
            with pytest.raises(AttachmentError, match=reason):
                await resolve_attachments([given])
    await resolve_attachments([url, path, b"1234"])


@pytest.mark.parametrize("value", [None, "25 MiB", 1.5, -1, True])
def test_a_size_that_is_none_is_a_mistake(monkeypatch, value):
    """It is refused as configuration, at the first attachment."""
    monkeypatch.setattr(attachments, "MAX_ATTACHMENT_BYTES", value)
    with pytest.raises(ImproperlyConfigured, match="MAX_ATTACHMENT_BYTES"):
        AttachmentData("a.csv", b"")


def test_the_defaults_are_those_that_are_documented():
    """25 MiB, two schemes, their ports, and no files."""
    assert attachments.MAX_ATTACHMENT_BYTES == 25 * 1024 * 1024
    assert {"http", "https"} == attachments.ALLOWED_URL_SCHEMES
    assert {80, 443} == attachments.ALLOWED_URL_PORTS
    assert attachments.ATTACHMENT_ALLOWED_DIRS == []


def test_an_attachment_has_a_largest_size():
    """25 MiB are taken, and one byte more is refused, however it is given."""
    content = bytes(attachments.MAX_ATTACHMENT_BYTES)
    assert AttachmentData("a", content).content is content
    with pytest.raises(ValueError, match="has 26214401 bytes"):
        AttachmentData("a", content + b"\0")


@pytest.mark.parametrize("content_id", ["logo", "logo@example.org", "part1.06090408@x", "a" * 255, "=+$"])
def test_an_inline_image_has_an_id(content_id):
    """As it stands in the page, behind cid:."""
    assert AttachmentData("logo.png", PNG, content_id=content_id).content_id == content_id


@pytest.mark.parametrize(
    "content_id",
    ["", "<logo>", "lo go", "logo>\r\nBcc: x", "l\u00f6go", "lo%67o", 'lo"go', "a" * 256, 3, b"logo", "a\n"],
)
def test_an_id_that_is_none_is_refused(content_id):
    """Whatever could end the header, or would have to be quoted in the page."""
    with pytest.raises(AttachmentError, match="content_id="):
        AttachmentData("logo.png", PNG, content_id=content_id)


def test_an_attachment_is_data():
    """It does not change, compares and travels by its values, and does not show its content."""
    one = AttachmentData("a.csv", bytearray(b"secret"), content_id="x")
    assert one == AttachmentData("a.csv", b"secret", "text/csv", "x") == copy.deepcopy(one)
    assert pickle.loads(pickle.dumps(one)) == one
    assert dataclasses.replace(one, filename="b.csv").mimetype == "text/csv"
    assert "secret" not in repr(one)
    assert len({one, copy.copy(one)}) == 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.filename = "b"
    assert issubclass(AttachmentError, InvalidMessage)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_the_redirect_handler_is_one_of_urllibs(status):
    """Any redirect raises ValueError, with where it leads and without what may be secret in it."""
    with pytest.raises(ValueError, match=rf"redirect \({status}\) to 'http://example.com/x'"):
        NoRedirectHandler().redirect_request(None, None, status, "", None, "http://example.com/x?token=secret")


def test_an_opener_with_the_redirect_handler_does_not_follow(site):
    """It stands in the place of urllib's own."""
    opener = urllib.request.build_opener(NoRedirectHandler(), urllib.request.ProxyHandler({}))
    with opener.open(f"{site}/data.csv", timeout=10) as response:
        assert response.read() == b"a,b\n"
    with pytest.raises(ValueError, match=r"redirect \(302\) to '/report.csv'"):
        opener.open(f"{site}/redirect", timeout=10)


def test_every_documented_name_is_there():
    """Those that are imported late too; and a name that is not there is an error as usual."""
    assert all(getattr(attachments, name) is not None for name in attachments.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        attachments.nothing  # noqa: B018


def test_the_module_is_light():
    """Whoever makes messages does not pay for HTTP clients, addresses and tables of the system."""
    code = (
        "import sys, asyncio, dataclasses; before = set(sys.modules); "
        "import openviper.core.email.attachments; "
        "print(*sorted(name for name in set(sys.modules) - before if not name.startswith('openviper')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert not {"httpcore2", "anyio", "ipaddress", "urllib.parse", "mimetypes", "pathlib"} & set(done.stdout.split())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ALLOWED_URL_PORTS", 80),
        ("ALLOWED_URL_PORTS", None),
        ("ALLOWED_URL_PORTS", ["80"]),
        ("ALLOWED_URL_PORTS", {True}),
        ("ALLOWED_URL_SCHEMES", "http"),
        ("ALLOWED_URL_SCHEMES", None),
        ("ALLOWED_URL_SCHEMES", {b"http"}),
    ],
)
async def test_what_urls_may_be_is_a_set(monkeypatch, name, value):
    """Anything else is a mistake of the configuration: a text would allow each of its parts."""
    monkeypatch.setattr(attachments, name, value)
    with pytest.raises(ImproperlyConfigured, match=f"attachments.{name}=.*; expected a set such as"):
        await resolve_attachments(["http://127.0.0.1/"])
