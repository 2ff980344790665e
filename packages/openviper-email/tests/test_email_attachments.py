"""What can be attached, and what comes of it."""

from __future__ import annotations

import asyncio
import sys
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from itertools import repeat
from threading import Event, Thread

import pytest

from openviper.core.email import attachments, fetch
from openviper.core.email.attachments import (
    AttachmentData,
    NoRedirectHandler,
    resolve_attachments,
    resolve_file_attachment,
)
from openviper.core.email.errors import AttachmentError
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
        if self.path == "/slow":
            Event().wait(0.7)
        self.send_response(302 if self.path == "/redirect" else 200)
        self.send_header("Location", "/report.csv")
        self.send_header("Content-Length", "4")
        self.end_headers()
        self.wfile.write(b"a,b\n")

    def log_message(self, *args):
        pass


@pytest.fixture
def site(monkeypatch):
    """A server on loopback, its port allowed, and fetched from with the argument that allows loopback."""
    monkeypatch.setattr(fetch, "fetch", partial(fetch.fetch, judge=ip_network("127.0.0.0/8").__contains__))
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
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


async def test_the_deadline_is_one_for_all(site):
    """Two of one host are fetched at a time, so the third has what these leave of the time; others have enough."""
    slow = f"{site}/slow"
    found = await resolve_attachments([slow, slow], timeout=1.1)
    assert [each.content for each in found] == [b"a,b\n"] * 2
    with pytest.raises(AttachmentError, match=r"attachments\[2\]: .* no complete answer came within 1.1 s"):
        await resolve_attachments([slow, slow, slow], timeout=1.1)


async def test_the_deadline_holds_without_a_free_thread(site, monkeypatch):
    """Neither files nor what fetches URLs, which is loaded in a thread, are waited for any longer."""
    end = Event()
    with ThreadPoolExecutor(1) as busy:
        asyncio.get_running_loop().set_default_executor(busy)
        busy.submit(end.wait, 10)
        monkeypatch.delitem(sys.modules, "openviper.core.email.fetch")
        for given, late in ((f"{site}/a", "email.fetch, which fetches URLs, was not loaded"), ("/a", "was not read")):
            async with asyncio.timeout(5):
                with pytest.raises(AttachmentError, match=f"{late} within 0.2 s"):
                    await resolve_attachments([given], timeout=0.2)
        end.set()


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://127.0.0.1/", "127.0.0.1 is not a public address"),
        ("http://[::1]/", "::1 is not a public address"),
        ("http://169.254.169.254/latest/meta-data/", "169.254.169.254 is not a public address"),
        ("http://localhost/", "its host has an address that is not public"),
        ({"url": "https://localhost/"}, "its host has an address that is not public"),
    ],
)
async def test_hosts_that_are_not_public_are_refused(url, reason):
    """By their address and by their name, before anything is connected to."""
    with pytest.raises(AttachmentError, match=rf"^attachments\[0\]: .*{reason}"):
        await resolve_attachments([url])


@pytest.mark.parametrize("given", [b"1", "nowhere/report.csv", "http://127.0.0.1/"])
async def test_there_is_a_largest_number(given):
    """A thousand are taken; more, also without end, are refused before any of them is read."""
    assert len(await resolve_attachments(repeat(b"1", 1_000))) == 1_000
    with pytest.raises(AttachmentError, match="has more than 1000; send an archive, or several messages"):
        await resolve_attachments(repeat(given))


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
