"""Request ids, as clients, applications and logs see them."""

from __future__ import annotations

import asyncio
import json
import logging
import logging.config
import logging.handlers
import queue
import re

import pytest

from openviper.conf import ImproperlyConfigured, override_settings
from openviper.core.context import current_request_id
from openviper.core.middleware import BaseMiddleware, build_middleware_stack
from openviper.middleware.requestid import RequestIdFilter, RequestIdMiddleware

PATH = "openviper.middleware.requestid.RequestIdMiddleware"
NEW = re.compile("[0-9a-f]{32}")


async def tell(scope, receive, send):
    """Answer with the id in the scope and the one of the task."""
    body = json.dumps([scope["state"]["request_id"], current_request_id.get()]).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x-request-id", b"the application's")]})
    await send({"type": "http.response.body", "body": body})


async def fetch(app, *fields, **more):
    """Run one GET; return the response's headers and body."""
    sent = []

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/", "headers": list(fields), **more}
    await app(scope, None, send)
    return sent[0]["headers"], json.loads(sent[1]["body"])


async def test_scope_task_and_response_have_one_new_id():
    """The id that the application logs is the id that the client receives, instead of the application's own."""
    headers, told = await fetch(RequestIdMiddleware(tell))
    ((name, value),) = headers
    assert name == b"x-request-id"
    assert told == [value.decode()] * 2
    assert NEW.fullmatch(told[0])
    assert (await fetch(RequestIdMiddleware(tell)))[1] != told
    assert current_request_id.get() is None


@pytest.mark.parametrize(
    "value",
    [
        b"1",
        b"a" * 128,
        b"0b5c2f1e-6a77-4f6e-9d2e-1f6f0a3f7a11",
        b"01ARZ3NDEKTSV4RRFFQ69G5FAV",
        b"Root=1-67891233-abcdef012345678912345678",
        b"105445aa7843bc8bf206b12000100000/1",
        b"ab+/cd==",
        b"user@host:1_2.3",
    ],
)
async def test_a_well_formed_id_is_taken(value):
    """A proxy's id stays the request's, so that its log and ours can be put together."""
    headers, told = await fetch(RequestIdMiddleware(tell), (b"x-request-id", value))
    assert headers == [(b"x-request-id", value)]
    assert told == [value.decode()] * 2


@pytest.mark.parametrize(
    ("reason", "values"),
    [
        ("empty", [b""]),
        ("128 is the limit", [b"a" * 129]),
        ("far beyond it", [b"a" * 60_000]),
        ("two of them", [b"abcdefgh", b"ijklmnop"]),
        ("a list", [b"abcdefgh,ijklmnop"]),
        ("spaces", [b"abc def"]),
        ("forged log line", [b"abc\nERROR root logged in"]),
        ("forged header", [b"abc\r\nSet-Cookie: a=b"]),
        ("colours a terminal", [b"\x1b[31mabc"]),
        ("markup", [b"<script>"]),
        ("quotes", [b'abc"']),
        ("a shell's", [b"$(id)"]),
        ("a format", [b"%s"]),
        ("a lookup", [b"${jndi:ldap://evil.example/a}"]),
        ("not ASCII", ["übergroß".encode()]),
        ("NUL", [b"abc\x00"]),
    ],
)
async def test_any_other_is_replaced(reason, values):
    """Nothing that a client sends reaches logs or headers unless it is one well-formed id."""
    headers, told = await fetch(RequestIdMiddleware(tell), *((b"x-request-id", value) for value in values))
    assert NEW.fullmatch(told[0]), reason
    assert headers == [(b"x-request-id", told[0].encode())]


async def test_no_id_is_taken_where_it_is_not_trusted():
    """Then each request has one of ours."""
    _, told = await fetch(RequestIdMiddleware(tell, trust_incoming=False), (b"x-request-id", b"abcdefgh"))
    assert NEW.fullmatch(told[0])


async def test_the_header_has_the_configured_name():
    """In both directions, whatever its case."""
    app = RequestIdMiddleware(tell, header="X-Amzn-Trace-Id")
    headers, told = await fetch(app, (b"x-amzn-trace-id", b"Root=1-2-3"), (b"x-request-id", b"other"))
    assert (b"x-amzn-trace-id", b"Root=1-2-3") in headers
    assert told == ["Root=1-2-3"] * 2


async def test_the_settings_are_read_where_it_is_listed():
    """REQUEST_ID_HEADER and REQUEST_ID_TRUST_INCOMING, once, when the stack is built."""
    with override_settings(REQUEST_ID_HEADER="X-Correlation-ID", REQUEST_ID_TRUST_INCOMING=False):
        stack = build_middleware_stack(tell, [PATH])
    headers, told = await fetch(stack, (b"x-correlation-id", b"abcdefgh"))
    assert NEW.fullmatch(told[0])
    assert (b"x-correlation-id", told[0].encode()) in headers


@pytest.mark.parametrize("header", ["", "X Request: ID", "X-Request-ID\r\n", "X-Rëquest", "x\x00", b"x-request-id", 7])
def test_a_name_that_is_none_is_refused(header):
    """When the middleware is made, not by the first request."""
    with pytest.raises(ImproperlyConfigured) as caught:
        RequestIdMiddleware(tell, header=header)
    assert str(caught.value).startswith(f"header={header!r}; expected the name of a header such as 'X-Request-ID'")
    if isinstance(header, str):
        with (
            override_settings(REQUEST_ID_HEADER=header),
            pytest.raises(ImproperlyConfigured, match="REQUEST_ID_HEADER="),
        ):
            RequestIdMiddleware(tell)


def test_what_is_no_flag_is_refused():
    """The text ``"false"`` would be true."""
    with pytest.raises(ImproperlyConfigured, match=r"^trust_incoming='false'; expected True or False"):
        RequestIdMiddleware(tell, trust_incoming="false")


async def test_a_request_has_one_id_however_many_would_give_one():
    """Of two in a list, and of one around an application that is mounted with its own, the outer's stays."""

    class Mounting(BaseMiddleware):
        async def __call__(self, scope, receive, send):
            await self.app({**scope, "root_path": "/mounted"}, receive, send)

    inner = RequestIdMiddleware(tell, header="X-Inner")
    for stack in (
        build_middleware_stack(tell, [RequestIdMiddleware, RequestIdMiddleware]),
        RequestIdMiddleware(Mounting(inner)),
    ):
        headers, told = await fetch(stack, (b"x-request-id", b"outer"), (b"x-inner", b"inner"))
        assert headers == [(b"x-request-id", b"outer")]
        assert told == ["outer", "outer"]
        assert current_request_id.get() is None


async def test_a_state_that_the_server_shares_does_not_keep_an_id():
    """Servers give each request a copy of the lifespan's state; one that does not mixes no requests up."""
    state = {"pool": 1}
    app = RequestIdMiddleware(tell)
    first, second = [(await fetch(app, state=state))[1] for _ in range(2)]
    assert first != second
    assert state["pool"] == 1


@pytest.mark.parametrize("failure", [RuntimeError, asyncio.CancelledError, KeyboardInterrupt])
async def test_the_id_ends_with_the_request_however_it_ends(failure):
    """A server may begin the next request in the same task."""

    async def fail(scope, receive, send):
        raise failure

    with pytest.raises(failure):
        await fetch(RequestIdMiddleware(fail))
    assert current_request_id.get() is None


async def test_concurrent_requests_never_see_each_others_id():
    """A thousand interleaved requests, some cancelled, each see their own only."""
    seen = []

    async def slow(scope, receive, send):
        mine = scope["state"]["request_id"]
        await asyncio.sleep(0)
        assert current_request_id.get() == mine
        seen.append(mine)
        await tell(scope, receive, send)

    app = RequestIdMiddleware(slow)
    tasks = [asyncio.create_task(fetch(app)) for _ in range(1_000)]
    await asyncio.sleep(0)
    for task in tasks[::10]:
        task.cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert len(set(seen)) == len(seen) == 900
    assert sum(isinstance(result, asyncio.CancelledError) for result in results) == 100


@pytest.mark.parametrize("kind", ["lifespan", "something.new"])
async def test_other_scopes_have_none(kind):
    """They pass as they are."""
    seen = []

    async def application(scope, receive, send):
        seen.append((dict(scope), current_request_id.get()))

    await RequestIdMiddleware(application)({"type": kind}, None, None)
    assert seen == [({"type": kind}, None)]


def records(handler, logger):
    """Return what ``handler`` was given while one request and one line outside of it were logged."""

    async def application(scope, receive, send):
        logger.info("inside")
        logger.info("given", extra={"request_id": "its own"})

    async def run():
        await fetch_only(RequestIdMiddleware(application))
        logger.info("outside")

    async def fetch_only(app):
        await app({"type": "http", "headers": [(b"x-request-id", b"abc")]}, None, None)

    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        asyncio.run(run())
    finally:
        logger.removeHandler(handler)


def test_log_records_carry_the_id(capsys):
    """A formatter can name it in every record, ``-`` where there is no request, and an own one stays."""
    handler = logging.StreamHandler()
    handler.addFilter(RequestIdFilter())
    handler.setFormatter(logging.Formatter("%(request_id)s %(message)s"))
    records(handler, logging.getLogger("shop"))
    assert capsys.readouterr().err.splitlines() == ["abc inside", "its own given", "- outside"]


def test_a_record_keeps_its_id_in_another_thread():
    """Behind a queue the handler runs where there is no request."""
    waiting = queue.SimpleQueue()
    handler = logging.handlers.QueueHandler(waiting)
    handler.addFilter(RequestIdFilter())
    records(handler, logging.getLogger("shop"))
    later = RequestIdFilter()
    found = [waiting.get() for _ in range(3)]
    assert all(later.filter(record) for record in found)
    assert [record.request_id for record in found] == ["abc", "its own", "-"]


def test_the_filter_is_found_by_its_dotted_path():
    """As logging's configuration names it; its own ``name`` still selects loggers."""
    configurator = logging.config.DictConfigurator({})
    path = {"()": "openviper.middleware.requestid.RequestIdFilter", "name": "shop"}
    found = configurator.configure_filter(path)
    record = logging.makeLogRecord({"name": "other", "msg": "x"})
    assert isinstance(found, RequestIdFilter)
    assert not found.filter(record)
    assert found.filter(logging.makeLogRecord({"name": "shop.cart", "msg": "x"}))


async def websocket(scope, receive, send):
    await receive()
    if scope["path"] == "/denied":
        await send({"type": "websocket.http.response.start", "status": 403, "headers": []})
        await send({"type": "websocket.http.response.body", "body": b""})
        return
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.close", "code": 1000})


@pytest.mark.parametrize(("path", "status"), [(b"/", 101), (b"/denied", 403)])
def test_websockets_have_an_id_too(serve, path, status):
    """It is a header of the handshake, accepted or denied."""
    server = serve(RequestIdMiddleware(websocket))
    given = server.handshake(path, b"X-Request-ID: abcdefgh")
    assert (given.status, given.values(b"x-request-id")) == (status, [b"abcdefgh"])
    (made,) = server.handshake(path, b"X-Request-ID: a b").values(b"x-request-id")
    assert NEW.fullmatch(made.decode())


@pytest.mark.parametrize(
    "lines", [[b"X-Request-ID: a\tb"], [b"X-Request-ID: \xff"], [b"X-Request-ID: a", b"x-request-id: a"]]
)
def test_a_bad_id_is_replaced_behind_a_real_server(serve, lines):
    """The headers as h11 and httptools hand them on."""
    (value,) = serve(RequestIdMiddleware(tell)).get(b"/", *lines).values(b"x-request-id")
    assert NEW.fullmatch(value.decode())
