"""Websockets, from the handshake to the close."""

from __future__ import annotations

import logging

import pytest

from openviper.app import OpenViper
from openviper.core.context import current_request, current_router
from openviper.http import HTTPException, WebSocketException
from openviper.routing import Router
from openviper.testing import WebSocketRefused, test_client


def chat():
    app, rooms = OpenViper(), Router()

    @rooms.websocket("/{room}")
    async def echo(websocket, room):
        assert current_request.get() is not None
        assert current_router.get() is app
        await websocket.accept(subprotocol=next(iter(websocket.scope["subprotocols"]), None))
        async for text in websocket.iter_text():
            await websocket.send_json({"room": room, "text": text})

    app.include_router(rooms, "/rooms")

    @app.websocket("/says-goodbye")
    async def goodbye(websocket):
        await websocket.accept()
        await websocket.send_text("bye")

    @app.websocket("/forgets-to-accept")
    async def forgets(websocket):
        pass

    @app.websocket("/fails-before")
    async def fails_before(websocket):
        raise RuntimeError("broken before")

    @app.websocket("/fails-after")
    async def fails_after(websocket):
        await websocket.accept()
        raise RuntimeError("broken after")

    @app.websocket("/refuses")
    async def refuses(websocket):
        raise HTTPException(403, "not you")

    @app.websocket("/refuses-later")
    async def refuses_later(websocket):
        await websocket.accept()
        raise WebSocketException(4001, "token expired")

    @app.get("/page")
    async def page():
        return "page"

    return app


async def explains_at_length(websocket):
    await websocket.accept()
    raise HTTPException(403, "ü" * 200)


async def test_messages_go_both_ways_until_the_client_leaves():
    """A handler is a loop; the client's leaving ends it without an error."""
    async with test_client(chat()) as client, client.websocket_connect("/rooms/blue", subprotocols=("v1",)) as session:
        assert session.subprotocol == "v1"
        for text in ("one", "two"):
            await session.send_text(text)
            assert await session.receive_json() == {"room": "blue", "text": text}


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/nowhere", 404, None),
        ("/page", 404, None),
        ("/rooms/", 404, None),
        ("/refuses", 403, None),
        ("/fails-before", 500, None),
        ("/forgets-to-accept", None, 1000),
    ],
)
async def test_a_handshake_that_is_not_accepted_is_refused(path, status, code):
    """With a status where the server can send one (ASGI extension websocket.http.response)."""
    async with test_client(chat()) as client:
        with pytest.raises(WebSocketRefused) as caught:
            async with client.websocket_connect(path):
                pass
    assert (caught.value.status, caught.value.code) == (status, code)


@pytest.mark.parametrize(
    ("path", "code", "reason"),
    [
        ("/fails-after", 1011, ""),
        ("/refuses-later", 4001, "token expired"),
        # 123 bytes are what a close frame has room for.
        ("/explains", 1008, "ü" * 61),
    ],
)
async def test_an_open_connection_is_closed_with_a_code(caplog, path, code, reason):
    """1011 for what is our fault, without a word about it; the handler's own code for what it refuses."""
    app = chat()
    app.websocket("/explains")(explains_at_length)
    async with test_client(app) as client, client.websocket_connect(path) as session:
        with pytest.raises(WebSocketRefused) as caught:
            await session.receive_text()
    assert (caught.value.code, caught.value.reason) == (code, reason)
    assert len([record for record in caplog.records if record.levelno >= logging.ERROR]) == (code == 1011)


async def test_a_handler_that_returns_closes_normally():
    """The client sees 1000, not a lost connection."""
    async with test_client(chat()) as client, client.websocket_connect("/says-goodbye") as session:
        assert await session.receive_text() == "bye"
        with pytest.raises(WebSocketRefused, match="close code 1000"):
            await session.receive_text()


@pytest.mark.parametrize("method", ["GET", "websocket", "WEBSOCKET"])
async def test_a_websocket_route_is_no_page(method):
    """Whatever a client calls its method, a request does not reach a websocket handler."""
    sent = []

    async def send(message):
        sent.append(message)

    await chat()({"type": "http", "method": method, "path": "/rooms/blue", "headers": []}, None, send)
    assert sent[0]["status"] == 404


@pytest.mark.parametrize(("code", "sent"), [(99_999, 1011), (1006, 1011), (3000, 3000)])
async def test_a_code_that_may_not_be_sent_becomes_an_internal_error(code, sent):
    """RFC 6455, 7.4.1 reserves some; a server given one cuts the connection."""
    app = OpenViper()

    @app.websocket("/")
    async def refuse(websocket):
        await websocket.accept()
        raise WebSocketException(code)

    async with test_client(app) as client, client.websocket_connect("/") as session:
        with pytest.raises(WebSocketRefused) as caught:
            await session.receive_text()
    assert caught.value.code == sent


async def test_a_websocket_inside_a_mount_is_reached():
    """Mounts serve every kind of connection."""
    outer = OpenViper()
    outer.mount("/chat", chat())
    async with test_client(outer) as client, client.websocket_connect("/chat/says-goodbye") as session:
        assert await session.receive_text() == "bye"
