"""Layers that are plain functions: what they share, and what stands between them."""

from __future__ import annotations

import inspect

import pytest

from openviper.core.middleware import BaseMiddleware, build_middleware_stack
from openviper.core.plain_middleware import PlainApp, PlainMiddleware, plain_calls
from openviper.core.response_send import ResponseSend


async def inmost(scope, receive, send):
    scope["seen"].append("app")


class Plain:
    """A middleware that subclasses nothing."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        scope["seen"].append("plain")
        await self.app(scope, receive, send)


async def seen_by(stack, kind="http"):
    scope = {"type": kind, "seen": []}
    await stack(scope, None, None)
    return scope["seen"]


class PlainlyNamed(PlainMiddleware):
    """Notes what it was handed."""

    def http(self, scope, receive, send, headers):
        scope["seen"].append(("http", send, headers))
        send.append(b"x-layer", b"http")
        return self.next_http(scope, receive, send, headers)

    def websocket(self, scope, receive, send, headers):
        scope["seen"].append(("websocket", send, headers))
        send.append(b"x-layer", b"websocket")
        return self.next_websocket(scope, receive, send, headers)


class Overriding(PlainlyNamed):
    async def __call__(self, scope, receive, send):
        scope["seen"].append("overridden")
        await super().__call__(scope, receive, send)


async def answer(scope, receive, send):
    scope["seen"].append("app")
    kind = {"http": "http.response.start", "websocket": "websocket.accept"}[scope["type"]]
    await send({"type": kind, "headers": []})


async def answered(stack, kind="http"):
    """Return what the layers saw, and the messages that were sent."""
    sent = []

    async def send(message):
        sent.append(message)

    scope = {"type": kind, "headers": [(b"host", b"a")], "seen": []}
    await stack(scope, None, send)
    return scope["seen"], sent


@pytest.mark.parametrize("kind", ["http", "websocket"])
async def test_plain_neighbours_share_what_the_outermost_made(kind):
    """One send and one table of headers for all; each adds its own header."""
    seen, sent = await answered(build_middleware_stack(answer, [PlainlyNamed] * 3), kind)
    assert [each[0] for each in seen[:3]] == [kind] * 3
    assert seen[3:] == ["app"]
    assert len({id(each[1]) for each in seen[:3]}) == len({id(each[2]) for each in seen[:3]}) == 1
    assert seen[0][2] == {b"host": b"a"}
    assert sent[0]["headers"] == [(b"x-layer", kind.encode())] * 3


@pytest.mark.parametrize(
    "entries",
    [[PlainlyNamed, Plain, PlainlyNamed], [PlainlyNamed, BaseMiddleware, PlainlyNamed], [BaseMiddleware, PlainlyNamed]],
)
async def test_a_layer_of_another_kind_stands_between_them(entries):
    """It is called with a send of its own kind, and the sharing goes on behind it."""
    seen, sent = await answered(build_middleware_stack(answer, entries))
    plain = [each for each in seen if isinstance(each, tuple)]
    assert len({id(each[1]) for each in plain}) == 1
    assert all(isinstance(each[1], ResponseSend) for each in plain)
    assert sent[0]["headers"] == [(b"x-layer", b"http")] * len(plain)


async def test_a_layer_that_wraps_send_ends_the_sharing():
    """Each side adds its headers to what passes through it."""

    class Wrapping(BaseMiddleware):
        async def __call__(self, scope, receive, send):
            async def wrapped(message):
                await send({**message, "headers": [*message["headers"], (b"x-layer", b"wrapped")]})

            await self.app(scope, receive, wrapped)

    seen, sent = await answered(build_middleware_stack(answer, [PlainlyNamed, Wrapping, PlainlyNamed]))
    assert seen[0][1] is not seen[1][1]
    assert [value for _, value in sent[0]["headers"]] == [b"http", b"wrapped", b"http"]


async def test_an_overridden_call_is_called():
    """Whoever overrides ``__call__`` wants every request to pass there, inside of others too."""
    for entries in ([Overriding, PlainlyNamed], [PlainlyNamed, Overriding]):
        seen, _ = await answered(build_middleware_stack(answer, entries))
        assert sum(each == "overridden" for each in seen) == 1
        assert len(seen) == 4


@pytest.mark.parametrize("kind", ["http", "websocket"])
async def test_a_plain_middleware_passes_on_what_it_does_not_override(kind):
    """The base changes nothing of a response."""
    seen, sent = await answered(build_middleware_stack(answer, [PlainMiddleware, PlainMiddleware]), kind)
    assert seen == ["app"]
    assert sent[0]["headers"] == []


@pytest.mark.parametrize("kind", ["lifespan", "something.new"])
async def test_a_plain_middleware_passes_other_scopes_on(kind):
    """They have no headers to be read."""
    assert await seen_by(build_middleware_stack(inmost, [PlainlyNamed, Overriding]), kind) == ["overridden", "app"]


@pytest.mark.parametrize("kind", ["http", "websocket"])
async def test_a_coroutine_function_serves_too(kind):
    """A layer that needs ``try`` and ``finally`` around the inner ones is async."""
    ended = []

    class Finishing(PlainMiddleware):
        async def http(self, scope, receive, send, headers):
            try:
                await self.next_http(scope, receive, send, headers)
            finally:
                ended.append(scope["type"])

        websocket = http

    class Failing(PlainMiddleware):
        def http(self, scope, receive, send, headers):
            raise RuntimeError("before anything was awaited")

        websocket = http

    with pytest.raises(RuntimeError):
        await answered(build_middleware_stack(answer, [PlainlyNamed, Finishing, Failing]), kind)
    assert ended == [kind]


def test_servers_take_a_plain_middleware_for_asgi_3():
    """They look whether ``__call__`` is a coroutine function."""
    assert inspect.iscoroutinefunction(PlainlyNamed(answer).__call__)


async def test_an_application_can_be_called_like_a_layer():
    """Whoever holds a stack serves it as its neighbours would."""
    sent = []

    async def send(message):
        sent.append(message)

    for app in (answer, PlainlyNamed(answer), Overriding(answer)):
        http, websocket = plain_calls(app)
        scope = {"type": "http", "headers": [], "seen": []}
        await http(scope, None, ResponseSend(send), {})
        await websocket({**scope, "type": "websocket"}, None, ResponseSend(send), {})
    assert [message["type"] for message in sent] == ["http.response.start", "websocket.accept"] * 3


class PlainAnswer(PlainApp):
    """An application without a coroutine of its own around it."""

    async def http(self, scope, receive, send, headers):
        scope["seen"].append((send, headers))
        await answer(scope, receive, send)

    websocket = http

    async def other(self, scope, receive, send):
        scope["seen"].append("other")


@pytest.mark.parametrize("kind", ["http", "websocket"])
async def test_a_plain_application_shares_with_the_layers_around_it(kind):
    """It is handed what the outermost layer made, and stands alone too."""
    seen, sent = await answered(build_middleware_stack(PlainAnswer(), [PlainlyNamed]), kind)
    assert seen[0][1:] == seen[1]
    assert sent[0]["headers"] == [(b"x-layer", kind.encode())]
    seen, sent = await answered(PlainAnswer(), kind)
    assert seen[0][1] == {b"host": b"a"}
    assert sent[0]["headers"] == []


async def test_a_plain_application_is_handed_other_scopes():
    """The lifespan, and later types."""
    assert await seen_by(build_middleware_stack(PlainAnswer(), [PlainMiddleware]), "lifespan") == ["other"]


@pytest.mark.parametrize("kind", ["http", "websocket", "lifespan"])
async def test_what_a_plain_application_does_not_serve_is_an_error(kind):
    """Nothing is swallowed silently."""
    with pytest.raises(NotImplementedError):
        await PlainApp()({"type": kind, "headers": []}, None, len)
