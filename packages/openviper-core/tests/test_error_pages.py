"""Error pages, as clients with different tastes see them."""

from __future__ import annotations

import json

import pytest

from openviper.core.error_pages import ErrorPage, send_page, server_error_page, status_page

BROWSER = b"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


def request(*accept, method="GET", path="/", **more):
    """Return an http scope with one Accept header for each of ``accept``."""
    headers = [(b"host", b"example.org"), *((b"accept", value) for value in accept)]
    return {"type": "http", "method": method, "path": path, "headers": headers, **more}


def media_type(page):
    return dict(page.headers)[b"content-type"].partition(b";")[0]


async def sent(page, scope):
    """Return the messages with which ``page`` is sent."""
    messages = []

    async def send(message):
        messages.append(message)

    await send_page(page, scope, send)
    return messages


@pytest.mark.parametrize(
    ("kind", "accept"),
    [
        (b"application/json", []),
        (b"application/json", [b""]),
        (b"application/json", [b"*/*"]),
        (b"application/json", [b"text/*"]),
        (b"application/json", [b"application/json"]),
        (b"application/json", [b"text/html;q=0"]),
        (b"application/json", [b"text/html;q=0.000, */*"]),
        (b"application/json", [b"text/html;q=0.5, application/json"]),
        (b"application/json", [b"text/html;q=0.5, */*;q=0.9"]),
        (b"application/json", [b"text/html;q=0.5, application/*;q=0.9, */*;q=0.1"]),
        (b"application/json", [b"text/html;q=0.5, application/problem+json"]),
        (b"application/json", [b"text/html;q=banana"]),
        (b"application/json", [b"text/html;q=2"]),
        (b"application/json", [b"text/html;q=nan"]),
        (b"application/json", [b"text/html;q=0, application/xhtml+xml"]),
        (b"application/json", [b"image/html"]),
        (b"application/json", [b",;,;;q=,text/;=\xff" * 1000]),
        (b"text/html", [BROWSER]),
        (b"text/html", [b"text/html"]),
        (b"text/html", [b"Text/HTML; Q=0.1"]),
        (b"text/html", [b"text/html ; level=1 ; q = 0.4"]),
        (b"text/html", [b"application/xhtml+xml"]),
        (b"text/html", [b"text/html, application/json"]),
        (b"text/html", [b"application/json;q=0.5, text/html;q=0.5"]),
        (b"text/html", [b"text/html;q=0.5, application/json;q=0, */*"]),
        (b"text/html", [b"application/json;q=0.9", b"text/html"]),
    ],
)
def test_html_is_for_clients_that_name_it_and_want_it_no_less_than_json(kind, accept):
    """The form of a status page follows Accept: its names, weights and refusals."""
    assert media_type(status_page(request(*accept), 404)) == kind


@pytest.mark.parametrize(
    ("kind", "accept"),
    [
        (b"text/plain", []),
        (b"text/plain", [b"*/*"]),
        (b"text/plain", [b"application/json;q=0"]),
        (b"application/json", [b"application/json"]),
        (b"application/json", [b"application/vnd.api+json, */*"]),
        (b"application/json", [b"application/json, text/html;q=0.9"]),
        (b"text/html", [BROWSER]),
    ],
)
def test_a_production_500_is_text_unless_a_form_is_named_and_tells_nothing(kind, accept):
    """Without debug, no word of the error reaches the client."""
    page = server_error_page(request(*accept), ValueError("the password is hunter2"), debug=False)
    assert (page.status, media_type(page)) == (500, kind)
    assert b"hunter2" not in page.body
    assert b"ValueError" not in page.body


def test_a_json_page_names_its_status():
    """Without a detail, JSON holds the status's name."""
    assert json.loads(status_page(request(), 404).body) == {"detail": "Not Found"}


@pytest.mark.parametrize(
    ("accept", "content_type"), [(b"*/*", b"application/json"), (BROWSER, b"text/html; charset=utf-8")]
)
@pytest.mark.parametrize(("status", "detail"), [(404, None), (422, {"name": ["is <required>"]}), (418, "naïve \udcff")])
def test_every_page_states_its_length_type_and_vary(accept, content_type, status, detail):
    """A page is complete: UTF-8, measured, and marked as negotiated."""
    page = status_page(request(accept), status, detail)
    fields = dict(page.headers)
    assert fields[b"content-length"] == b"%d" % len(page.body)
    assert fields[b"content-type"] == content_type
    assert fields[b"vary"] == b"Accept"
    assert page.status == status


def test_html_pages_may_load_and_run_nothing():
    """The content security policy of an HTML page allows its own style alone."""
    fields = dict(status_page(request(BROWSER), 404).headers)
    assert fields[b"content-security-policy"] == b"default-src 'none'; style-src 'unsafe-inline'"
    assert fields[b"x-content-type-options"] == b"nosniff"


def test_a_detail_is_escaped():
    """Markup in a detail is shown, not run."""
    page = status_page(request(BROWSER), 400, "<script>alert('x')</script>")
    assert b"<script" not in page.body
    assert b"&lt;script&gt;alert(&#x27;x&#x27;)" in page.body


def test_headers_of_the_caller_are_added_and_never_doubled():
    """Allow gets through; content-type and content-length stay the page's own."""
    extra = [(b"allow", b"GET, HEAD"), (b"Content-Type", b"text/evil"), (b"content-length", b"7")]
    page = status_page(request(), 405, headers=extra)
    names = [name.lower() for name, _ in page.headers]
    assert dict(page.headers)[b"allow"] == b"GET, HEAD"
    assert names.count(b"content-type") == names.count(b"content-length") == 1
    assert media_type(page) == b"application/json"
    assert json.loads(page.body) == {"detail": "Method Not Allowed"}


@pytest.mark.parametrize("status", [100, 204, 304])
def test_a_status_without_content_gets_none(status):
    """1xx, 204 and 304 have neither body nor content headers."""
    page = status_page(request(), status, "not to be sent", [(b"etag", b'"1"')])
    assert page == ErrorPage(status, ((b"etag", b'"1"'),), b"")


@pytest.mark.parametrize(
    ("status", "name"), [(413, "Content Too Large"), (422, "Unprocessable Content"), (599, "Error")]
)
def test_statuses_have_the_names_of_rfc_9110_on_every_python(status, name):
    """The names do not depend on the version of Python; an unknown status has one too."""
    assert json.loads(status_page(request(), status).body) == {"detail": name}


def test_what_one_request_does_to_its_page_is_not_seen_by_another():
    """Pages are shared, so they cannot be altered."""
    page = status_page(request(), 404)
    with pytest.raises(AttributeError):
        page.headers.append((b"x-leak", b"1"))
    with pytest.raises(AttributeError):
        page.status = 200


async def test_each_response_has_a_header_list_of_its_own():
    """A middleware may append to the headers of the message that it gets."""
    page = status_page(request(), 404)
    first, _ = await sent(page, request())
    first["headers"].append((b"x-leak", b"1"))
    second, _ = await sent(page, request())
    assert (b"x-leak", b"1") not in second["headers"]


async def test_head_gets_the_headers_of_get_and_no_body():
    """The length is the one that GET would have."""
    page = status_page(request(), 404)
    start, body = await sent(page, request(method="HEAD"))
    assert body["body"] == b""
    assert dict(start["headers"])[b"content-length"] == b"22"


async def test_a_websocket_handshake_is_denied_with_the_page():
    """A server that can send a denial response sends the page."""
    scope = {**request(), "type": "websocket", "extensions": {"websocket.http.response": {}}}
    start, body = await sent(status_page(scope, 403), scope)
    assert (start["type"], start["status"]) == ("websocket.http.response.start", 403)
    assert (body["type"], body["body"]) == ("websocket.http.response.body", b'{"detail":"Forbidden"}')


@pytest.mark.parametrize("extensions", [{}, {"extensions": None}, {"extensions": {"tls": {}}}])
@pytest.mark.parametrize(("status", "code"), [(404, 1008), (500, 1011)])
async def test_a_websocket_that_cannot_be_denied_is_closed(extensions, status, code):
    """Without the denial extension the socket is closed, with a code that says whose fault it was."""
    scope = {**request(), "type": "websocket", **extensions}
    assert await sent(status_page(scope, status), scope) == [{"type": "websocket.close", "code": code, "reason": ""}]


def test_a_flood_of_accept_lines_is_answered_as_none():
    """A client that sends a million of them is sent JSON, and none of them is copied for each that follows."""
    flood = [(b"accept", b"text/html")] * 1_000_000
    scope = {"type": "http", "method": "GET", "path": "/", "headers": flood}
    assert (b"content-type", b"application/json") in status_page(scope, 404).headers
