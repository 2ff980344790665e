"""How the inbox answers: headers, statuses, methods, below any mount, and behind a middleware with CSRF tokens."""

from __future__ import annotations

import pytest
from inbox_client import ask, keep

from openviper.conf import override_settings
from openviper.core.email.backends.memory import outbox
from openviper.core.email.inbox import inbox
from openviper.core.errors import ImproperlyConfigured

SIMPLE = "From: Ada <ada@example.org>\nTo: to@example.org\nSubject: Welcome\n\nHello!\n"
pytestmark = pytest.mark.usefixtures("memory")


async def test_every_answer_has_the_headers_that_keep_browsers_strict():
    """Pages, frames, files, JSON, redirects and errors: none is sniffed, stored, or read by another site."""
    keep(SIMPLE)
    paths = ["/", "/messages/m1", "/messages/m1/frame", "/messages/m1/message.eml", "/api/messages", "/inbox.css", "/x"]
    for path in paths:
        answer = await ask(path)
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "script-src" not in answer.headers["content-security-policy"]


async def test_our_pages_cannot_be_framed():
    """And post forms nowhere else."""
    policy = (await ask("/")).headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "form-action 'self'" in policy
    assert (await ask("/")).headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/nope", 404),
        ("/messages", 404),
        ("/messages/", 404),
        ("/messages/nope", 404),
        ("/messages/../../etc/passwd", 404),
        ("/messages/m1/nope", 404),
        ("/messages/m1/html", 404),
        ("/messages/m1/attachments/1", 404),
        ("/messages/m1/attachments/x", 404),
        ("/messages/m1/text/", 200),
        ("/templates/list.html", 404),
        ("//evil.example", 404),
        ("/previews/nope?app=x", 404),
        ("/previews/show?app=x&name=y", 404),
        ("/api", 404),
        ("/api/messages/nope", 404),
        ("/?page=0", 200),
        ("/?page=99999999999999999999", 200),
        ("/?page=%D9%A3&q=%ff%00", 200),
        ("/?" + "a=1&" * 5000, 200),
    ],
)
async def test_a_path_has_its_status(path, status):
    """What is not there is 404, in the form that was asked for; what is odd is harmless."""
    keep(SIMPLE)
    answer = await ask(path)
    assert answer.status == status
    if path.startswith("/api"):
        assert set(answer.json()) == {"error"}


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/", "GET, HEAD"),
        ("PUT", "/messages/m1", "GET, HEAD"),
        ("PUT", "/clear", "GET, HEAD, POST"),
        ("GET", "/messages/m1/delete", "POST"),
        ("HEAD", "/messages/m1/delete", "POST"),
        ("POST", "/api/messages", "GET, HEAD, DELETE"),
        ("POST", "/api/messages/m1", "GET, HEAD, DELETE"),
        ("BREW", "/", "GET, HEAD"),
    ],
)
async def test_another_method_gets_405_with_what_is_allowed(method, path, allowed):
    """RFC 9110, 15.5.6: Allow is there."""
    keep(SIMPLE)
    answer = await ask(path, method)
    assert (answer.status, answer.headers["allow"]) == (405, allowed)
    assert len(outbox) == 1


@pytest.mark.parametrize("path", ["/", "/messages/m1", "/messages/m1/message.eml", "/api/messages", "/nope"])
async def test_head_has_the_headers_of_get_and_no_body(path):
    """RFC 9110, 9.3.2."""
    keep(SIMPLE)
    get, head = await ask(path), await ask(path, "HEAD")
    assert (head.status, head.headers, head.body) == (get.status, get.headers, b"")
    assert int(get.headers["content-length"]) == len(get.body)


@pytest.mark.parametrize("root", ["", "/__mail__", "/tools/mail box/ü"])
async def test_links_lead_below_the_mount(root):
    """Wherever it is mounted, its pages find each other."""
    keep(SIMPLE)
    page = (await ask("/", root_path=root)).text
    from urllib.parse import quote

    assert f'href="{quote(root)}/messages/m1"' in page
    assert f'href="{quote(root)}/inbox.css"' in page
    assert f'href="{quote(root)}/clear"' in page
    assert f'action="{quote(root)}/clear?until=' in (await ask("/clear", root_path=root)).text
    assert f'action="{quote(root)}/messages/m1/delete"' in (await ask("/messages/m1", root_path=root)).text
    assert (await ask("/clear", "POST", root_path=root)).headers["location"] == quote(root) + "/"


async def test_the_mount_itself_is_the_list():
    """``/__mail__`` without a slash is no redirect and no 404."""
    assert "<h1>Inbox" in (await ask("", root_path="/__mail__")).text


async def test_a_root_path_is_no_host_and_no_markup():
    """What a proxy says in a header may become root_path: it leads nowhere else."""
    page = (await ask("/", root_path='//evil.example/"><script>')).text
    assert 'href="/evil.example/%22%3E%3Cscript%3E/inbox.css"' in page
    assert "<script>" not in page


class Token:
    """As CSRFMiddleware puts it into the state: its text is made when it is read."""

    field_name = "csrf_field"

    def __init__(self, text="", error=None):
        self.text, self.error = text, error

    def __str__(self):
        if self.error:
            raise self.error
        return self.text


async def test_the_form_has_the_token_of_a_middleware():
    """It is a field of the forms that delete, under the name that the middleware looks for."""
    keep(SIMPLE)
    for path in ("/clear", "/messages/m1"):
        page = (await ask(path, state={"csrf_token": Token('to"ken')})).text
        assert '<input type="hidden" name="csrf_field" value="to&#34;ken">' in page


@pytest.mark.parametrize(
    "state", [None, {}, {"csrf_token": None}, {"csrf_token": Token(error=ImproperlyConfigured("x"))}]
)
async def test_without_a_token_there_is_no_field(state):
    """The pages work without a middleware, and with one that has no key to sign with."""
    keep(SIMPLE)
    for path in ("/clear", "/messages/m1"):
        page = await ask(path, state=state)
        assert page.status == 200
        assert 'type="hidden"' not in page.text


async def test_the_list_makes_no_token():
    """It has no form that needs one, and a token that is read sets a cookie."""
    keep(SIMPLE)
    assert (await ask("/", state={"csrf_token": Token(error=LookupError("read"))})).status == 200


async def test_its_lifespan_runs_when_it_is_served_alone():
    """A server that asks it to start and to stop is told that it did."""
    events, sent = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}], []

    async def receive():
        return events.pop(0)

    async def send(message):
        sent.append(message["type"])

    await inbox({"type": "lifespan"}, receive, send)
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


async def test_a_websocket_is_closed():
    """It has none."""
    sent = []

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        sent.append(message["type"])

    await inbox({"type": "websocket", "path": "/", "headers": []}, receive, send)
    assert sent == ["websocket.close"]


async def test_what_keeps_nothing_says_so():
    """With another backend the page tells what to set."""
    with override_settings(EMAIL_BACKEND="smtp"):
        page = (await ask("/")).text
        assert "EMAIL_BACKEND is <code>smtp</code>" in page
        assert (await ask("/api/messages")).json()["messages"] == []
        assert (await ask("/api/messages", "DELETE")).status == 204


async def test_files_are_shown_and_cleared(tmp_path):
    """The file backend's messages are those of all processes that write there."""
    from openviper.core.email import send_email

    with override_settings(EMAIL_BACKEND="file", EMAIL_FILE_PATH=tmp_path):
        await send_email("ada@example.org", "In a file", "Hello", bcc=["hidden@example.org"])
        (listed,) = (await ask("/api/messages")).json()["messages"]
        page = (await ask(f"/messages/{listed['id']}")).text
        assert "In a file" in page
        assert "hidden@example.org" in page
        await ask("/clear", "POST")
        assert list(tmp_path.iterdir()) == []


async def test_a_file_backend_without_a_folder_is_explained():
    """The list says which setting is missing; other pages say so with 500."""
    with override_settings(EMAIL_BACKEND="file", EMAIL_FILE_PATH=None):
        assert "EMAIL_FILE_PATH is not set" in (await ask("/")).text
        answer = await ask("/messages/x")
        assert answer.status == 500
        assert "EMAIL_FILE_PATH is not set" in answer.text


async def test_a_folder_that_cannot_be_read_is_explained(tmp_path):
    """A file that stands in its place breaks no page."""
    (tmp_path / "file").write_text("")
    with override_settings(EMAIL_BACKEND="file", EMAIL_FILE_PATH=tmp_path / "file"):
        page = await ask("/")
        assert page.status == 200
        assert "cannot be read" in page.text


def test_it_is_offered_to_the_application():
    """The entry point names it, for debug mode alone."""
    from openviper.core.email.pages import INBOX
    from openviper.core.imports import import_string

    assert import_string(INBOX.import_path) is inbox
    assert INBOX.debug_only
