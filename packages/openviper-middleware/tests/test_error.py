"""Failing applications, as clients, servers and logs see them."""

from __future__ import annotations

import asyncio
import logging

import pytest
from starlette.requests import ClientDisconnect, Request
from starlette.websockets import WebSocket, WebSocketDisconnect

from openviper.conf import ImproperlyConfigured, override_settings
from openviper.core.middleware import BaseMiddleware, build_middleware_stack
from openviper.core.plain_middleware import PlainMiddleware
from openviper.core.response_send import FixedHeaders
from openviper.middleware.error import ServerErrorMiddleware
from openviper.middleware.requestid import RequestIdMiddleware

PATH = "openviper.middleware.error.ServerErrorMiddleware"
START = {"type": "http.response.start", "status": 200, "headers": []}


class Secretive(RuntimeError):
    """Its text is not for visitors."""


async def fail(scope, receive, send):
    raise Secretive("hunter2")


async def fail_late(scope, receive, send):
    await send(START)
    raise Secretive("hunter2")


def fail_at_once(scope, receive, send):
    raise Secretive("hunter2")


async def run(app, kind="http", **more):
    """Return what the server is sent."""
    sent = []

    async def send(message):
        sent.append(message)

    async def receive():
        return {"type": f"{kind}.disconnect"}

    method = {"method": "GET"} if kind == "http" else {}
    scope = {"type": kind, "path": "/cart", "headers": [(b"accept", b"text/html")], **method, **more}
    await app(scope, receive, send)
    return sent


def errors(caplog):
    return [record for record in caplog.records if record.levelno >= logging.ERROR]


@pytest.mark.parametrize("application", [fail, fail_at_once])
async def test_a_failure_is_a_500_and_one_line_in_the_log(application, caplog):
    """The visitor learns nothing of it, the log all: with the traceback and the id that the client has too."""
    app = build_middleware_stack(application, [RequestIdMiddleware, ServerErrorMiddleware])
    start, body = await run(app, headers=[(b"accept", b"text/html"), (b"x-request-id", b"req-1")])
    assert start["status"] == 500
    assert (b"x-request-id", b"req-1") in start["headers"]
    assert b"Something went wrong on our side" in body["body"]
    assert b"hunter2" not in body["body"]
    (record,) = caplog.records
    assert record.getMessage() == "GET /cart failed with Secretive (request id req-1)"
    assert "hunter2" in caplog.text


@pytest.mark.parametrize(
    ("debug", "setting", "shown"), [(True, False, True), (False, True, False), (None, True, True), (None, False, False)]
)
async def test_debug_shows_the_traceback(debug, setting, shown):
    """By its parameter, else by the setting as it is when the middleware is made."""
    with override_settings(DEBUG=setting):
        app = ServerErrorMiddleware(fail, debug=debug)
    _, body = await run(app)
    assert (b"hunter2" in body["body"]) is shown


async def test_it_is_listed_by_its_path():
    """In settings.MIDDLEWARE, without keyword arguments."""
    start, _ = await run(build_middleware_stack(fail, [PATH]))
    assert start["status"] == 500


async def test_after_the_response_has_begun_it_is_logged_and_raised(caplog):
    """The server has to cut the connection; a second response cannot be sent."""
    sent = []

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
    with pytest.raises(Secretive):
        await ServerErrorMiddleware(fail_late)(scope, None, send)
    assert sent == [START]
    assert len(errors(caplog)) == 1


async def test_a_failure_that_passes_two_is_logged_once(caplog):
    """As where an application that handles its own stands inside."""
    app = ServerErrorMiddleware(ServerErrorMiddleware(fail_late))
    with pytest.raises(Secretive):
        await run(app)
    assert len(errors(caplog)) == 1


async def test_headers_of_the_other_layers_reach_the_page():
    """Those of layers outside of it, and those that layers inside had promised already."""

    class Adding(PlainMiddleware):
        fixed = FixedHeaders([(b"x-frame-options", b"DENY")], [(b"vary", b"Origin")])

        def http(self, scope, receive, send, headers):
            send.fix(self.fixed)
            send.append(b"set-cookie", b"a=b")
            return self.next_http(scope, receive, send, headers)

    for entries in ([Adding, ServerErrorMiddleware], [ServerErrorMiddleware, Adding]):
        start, _ = await run(build_middleware_stack(fail, entries))
        assert {(b"x-frame-options", b"DENY"), (b"vary", b"Origin"), (b"set-cookie", b"a=b")} <= set(start["headers"])


async def test_a_failing_middleware_inside_is_answered_too():
    """Whether it is of our kind or any other."""

    class Failing(BaseMiddleware):
        async def __call__(self, scope, receive, send):
            raise Secretive

    class FailingPlainly(PlainMiddleware):
        def http(self, scope, receive, send, headers):
            raise Secretive

    for layer in (Failing, FailingPlainly):
        start, _ = await run(build_middleware_stack(fail, [ServerErrorMiddleware, layer]))
        assert start["status"] == 500


async def test_head_gets_the_headers_alone():
    """As of every response."""
    start, body = await run(ServerErrorMiddleware(fail), method="HEAD")
    assert start["status"] == 500
    assert body["body"] == b""


async def test_a_failure_that_cannot_show_itself_is_answered():
    """An exception may break when it is printed."""

    class Unprintable(Exception):
        def __str__(self):
            raise RuntimeError

    async def application(scope, receive, send):
        raise Unprintable

    start, _ = await run(ServerErrorMiddleware(application, debug=True))
    assert start["status"] == 500


@pytest.mark.parametrize("failure", [asyncio.CancelledError, KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("kind", ["http", "websocket"])
async def test_the_end_of_a_task_passes(failure, kind, caplog):
    """It is no failure of the application."""

    async def application(scope, receive, send):
        raise failure

    with pytest.raises(failure):
        await run(ServerErrorMiddleware(application), kind)
    assert not caplog.records


@pytest.mark.parametrize("kind", ["lifespan", "something.new"])
async def test_failures_of_other_scopes_pass(kind, caplog):
    """A start-up that fails is the server's to report."""
    with pytest.raises(Secretive):
        await run(ServerErrorMiddleware(fail), kind)
    assert not caplog.records


async def test_a_database_that_is_away_is_a_failure(caplog):
    """OSError is what servers raise for a client that left, too."""

    async def application(scope, receive, send):
        raise ConnectionRefusedError("database")

    start, _ = await run(ServerErrorMiddleware(application))
    assert start["status"] == 500
    assert len(errors(caplog)) == 1


async def read(scope, receive, send):
    await Request(scope, receive).body()


async def listen(scope, receive, send):
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    await websocket.receive_text()


async def test_a_client_that_left_is_no_failure(caplog):
    """Nobody is there to be answered, and nothing is to be repaired."""
    with pytest.raises(ClientDisconnect):
        await run(read)
    assert await run(ServerErrorMiddleware(read)) == []

    class Own(WebSocketDisconnect):
        pass

    async def leave(scope, receive, send):
        raise Own

    assert await run(ServerErrorMiddleware(leave), "websocket") == []
    assert not caplog.records


async def websocket_fails(scope, receive, send):
    await receive()
    path = scope["path"]
    if path == "/denying":
        await send({"type": "websocket.http.response.start", "status": 403, "headers": []})
    elif path != "/early":
        await send({"type": "websocket.accept"})
    if path == "/closed":
        await send({"type": "websocket.close", "code": 1000})
    raise Secretive("hunter2")


CLOSE = {"type": "websocket.close", "code": 1011, "reason": ""}


@pytest.mark.parametrize(
    ("path", "extensions", "sent"),
    [
        ("/early", {}, ["websocket.close"]),
        ("/early", {"websocket.http.response": {}}, ["websocket.http.response.start", "websocket.http.response.body"]),
        ("/accepted", {"websocket.http.response": {}}, ["websocket.accept", "websocket.close"]),
    ],
)
async def test_a_failing_websocket_is_denied_or_closed(path, extensions, sent, caplog):
    """1011 is an internal error (RFC 6455, 7.4.1)."""
    found = await run(ServerErrorMiddleware(websocket_fails), "websocket", path=path, extensions=extensions)
    assert [message["type"] for message in found] == sent
    assert found[-1] == CLOSE or found[0]["status"] == 500
    assert errors(caplog)[0].getMessage() == f"WEBSOCKET {path} failed with Secretive"


@pytest.mark.parametrize(
    ("path", "status", "closed"),
    [("/early", 500, b""), ("/accepted", 101, b"\x88\x02\x03\xf3"), ("/closed", 101, b"\x88\x02\x03\xe8")],
)
def test_failing_websockets_behind_a_real_server(serve, caplog, path, status, closed):
    """The handshake's status, then the frame that closes; and one traceback in the log, however it ended."""
    server = serve(ServerErrorMiddleware(websocket_fails))
    request = b"GET %s HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" % path.encode()
    request += b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    received = b""
    with server.connect() as connection:
        connection.sendall(request)
        while b"\r\n\r\n" not in received or (closed and closed not in received):
            more = connection.recv(65536)
            assert more, received
            received += more
    assert received.startswith(b"HTTP/1.1 %d " % status)
    server.stop()
    # uvicorn adds a line of its own to each handshake that is denied with a page.
    assert [record.name for record in errors(caplog) if record.exc_info] == ["openviper.request"]


def test_a_websocket_whose_denial_breaks_off_is_logged(serve, caplog):
    """The server ends it in its own way."""
    server = serve(ServerErrorMiddleware(websocket_fails))
    server.handshake(b"/denying")
    server.stop()
    assert "openviper.request" in [record.name for record in errors(caplog)]


@pytest.mark.parametrize(("application", "status"), [(fail, 500), (fail_late, 200)])
def test_failing_requests_behind_a_real_server(serve, caplog, application, status):
    """A page, or a connection that is cut; the server logs only what it was handed again."""
    server = serve(ServerErrorMiddleware(application))
    answer = server.get(b"/", b"Accept: text/html")
    server.stop()
    assert answer.status == status
    names = ["openviper.request", "uvicorn.error"] if status == 200 else ["openviper.request"]
    assert [record.name for record in errors(caplog)] == names


def test_a_client_that_leaves_during_an_upload_is_no_failure(serve, caplog):
    """It is not logged, neither here nor by the server."""
    seen = []

    async def upload(scope, receive, send):
        try:
            await read(scope, receive, send)
        except ClientDisconnect:
            seen.append("left")
            raise

    server = serve(ServerErrorMiddleware(upload))
    with server.connect() as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 500\r\n\r\nhalf")
    server.stop()
    assert seen == ["left"]
    assert errors(caplog) == []


def test_a_client_that_leaves_a_websocket_is_no_failure(serve, caplog):
    """Even where the application does not expect it."""
    server = serve(ServerErrorMiddleware(listen))
    assert server.handshake(b"/").status == 101
    server.stop()
    assert errors(caplog) == []


def test_debug_is_a_flag():
    """The text ``"false"`` would show every visitor the traceback."""
    with pytest.raises(ImproperlyConfigured, match=r"^debug='false'; expected True or False"):
        ServerErrorMiddleware(fail, debug="false")
