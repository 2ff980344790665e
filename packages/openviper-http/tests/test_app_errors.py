"""Failures: what the client sees, what the log says, and who is asked first."""

from __future__ import annotations

import asyncio
import logging

import pytest

from openviper.app import OpenViper
from openviper.core.middleware import BaseMiddleware
from openviper.http import BackgroundTask, HTTPException, PlainTextResponse, StreamingResponse
from openviper.testing import test_client

SECRET = "hunter2"


class AddHeader(BaseMiddleware):
    async def __call__(self, scope, receive, send):
        async def send_more(message):
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-layer", b"yes")]
            await send(message)

        await self.app(scope, receive, send_more)


class Fails(BaseMiddleware):
    async def __call__(self, scope, receive, send):
        if scope["type"] != "lifespan":
            raise RuntimeError("the middleware is broken")
        await self.app(scope, receive, send)


def app_that_fails(**options):
    app = OpenViper(**options)

    @app.get("/fails")
    async def fails(request):
        password = SECRET
        raise RuntimeError("the handler is broken") if password else None

    @app.get("/fails-in-thread")
    def fails_in_thread():
        raise LookupError("the thread is broken")

    @app.get("/unserializable")
    async def unserializable():
        return {"value": {1, 2}}

    @app.get("/wrong-type")
    async def wrong_type():
        return 5

    @app.get("/fine")
    async def fine():
        return "fine"

    return app


def failures(caplog):
    return [record for record in caplog.records if record.levelno >= logging.ERROR]


@pytest.mark.parametrize("path", ["/fails", "/fails-in-thread", "/unserializable", "/wrong-type"])
@pytest.mark.parametrize("middleware", [(), (AddHeader,)])
async def test_a_failing_handler_is_a_500_inside_the_stack(caplog, path, middleware):
    """It is logged once, tells the client nothing, carries the stack's headers, and the next request is served."""
    async with test_client(app_that_fails(middleware=middleware)) as client:
        response = await client.get(path)
        assert response.status_code == 500
        assert "broken" not in response.text
        assert response.headers.get("x-layer") == ("yes" if middleware else None)
        assert (await client.get("/fine")).text == "fine"
    assert len(failures(caplog)) == 1
    assert failures(caplog)[0].exc_info


async def test_debug_shows_the_traceback_and_no_values():
    """Source lines help; locals, environment and cookies are nobody's business."""
    async with test_client(app_that_fails(debug=True)) as client:
        response = await client.get("/fails", headers={"accept": "text/html", "cookie": "session=s3cr3t"})
    assert "the handler is broken" in response.text
    assert "fails(request)" in response.text
    assert SECRET not in response.text
    assert "s3cr3t" not in response.text


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("*/*", "text/plain; charset=utf-8"),
        ("application/json", "application/json"),
        ("text/html", "text/html; charset=utf-8"),
    ],
)
async def test_the_500_has_the_form_that_the_client_accepts(accept, content_type):
    """JSON where it is named, a page for browsers, else text."""
    async with test_client(app_that_fails()) as client:
        assert (await client.get("/fails", headers={"accept": accept})).headers["content-type"] == content_type


async def test_a_failing_middleware_is_a_500_from_the_guard(caplog):
    """Also what stands outside the error handling is answered and logged once."""
    async with test_client(app_that_fails(middleware=[Fails])) as client:
        response = await client.get("/fine")
    assert response.status_code == 500
    assert "the middleware is broken" not in response.text
    assert len(failures(caplog)) == 1


@pytest.mark.parametrize("middleware", [(), (AddHeader,)])
async def test_a_failure_after_the_response_began_reaches_the_server(caplog, middleware):
    """The server must cut the connection, so that the client does not take half an answer for a whole one."""
    app = OpenViper(middleware=middleware)

    async def half():
        yield b"first"
        raise RuntimeError("the stream is broken")

    app.get("/half")(lambda: StreamingResponse(half()))
    async with test_client(app) as client:
        with pytest.raises(RuntimeError, match="the stream is broken"):
            await client.get("/half")
    assert len(failures(caplog)) == 1


async def test_a_failing_background_task_is_logged_once(caplog):
    """The client has its answer; the log has the failure."""

    def fail():
        raise RuntimeError("the task is broken")

    app = OpenViper()
    app.get("/")(lambda: PlainTextResponse("done", background=BackgroundTask(fail)))
    async with test_client(app, raise_app_exceptions=False) as client:
        assert (await client.get("/")).text == "done"
    assert len(failures(caplog)) == 1


class Shortage(LookupError):
    """Stand for an application's own exception."""


def app_with_handlers(**options):
    app = app_that_fails(**options)

    @app.get("/shortage")
    async def shortage():
        raise Shortage("no milk")

    @app.get("/refused")
    async def refused():
        raise HTTPException(403, "not you")

    @app.get("/gone")
    async def gone():
        raise HTTPException(410)

    @app.exception_handler(410)
    async def on_gone(request, error):
        return {"gone": True}

    @app.exception_handler(Shortage)
    async def on_shortage(request, error):
        return {"missing": str(error), "path": request.url.path}

    @app.exception_handler(404)
    def on_missing(request, error):
        return PlainTextResponse("nothing here", 404)

    @app.exception_handler(HTTPException)
    async def on_any(request, error):
        return PlainTextResponse(f"refused: {error.detail}", error.status_code)

    @app.exception_handler(500)
    async def on_failure(request, error):
        return PlainTextResponse("sorry", 500)

    return app


@pytest.mark.parametrize(
    ("path", "status", "text", "logged"),
    [
        ("/shortage", 500, '{"missing":"no milk","path":"/shortage"}', 0),
        ("/nowhere", 404, "nothing here", 0),
        ("/refused", 403, "refused: not you", 0),
        ("/gone", 410, '{"gone":true}', 0),
        ("/fails", 500, "sorry", 1),
        ("/fails-in-thread", 500, "sorry", 1),
    ],
)
async def test_the_users_handlers_are_asked_first(caplog, path, status, text, logged):
    """By status, then by the nearest class; what nobody expected is logged all the same."""
    async with test_client(app_with_handlers()) as client:
        response = await client.get(path)
    assert (response.status_code, response.text) == (status, text)
    assert len(failures(caplog)) == logged


@pytest.mark.parametrize("debug", [True, False])
async def test_a_handler_for_exception_sees_what_nobody_expected_only(debug):
    """A 404, a refusal or a client that left is no failure, in debug mode or not."""
    app = app_that_fails(debug=debug)

    @app.exception_handler(Exception)
    async def on_failure(request, error):
        return PlainTextResponse(f"sorry: {error}", 500)

    @app.get("/refused")
    async def refused():
        raise HTTPException(403)

    async with test_client(app) as client:
        assert (await client.get("/nowhere")).status_code == 404
        assert (await client.post("/fine")).status_code == 405
        assert (await client.get("/refused")).status_code == 403
        assert ((await client.get("/fails")).text == "sorry: the handler is broken") is not debug


async def test_debug_prefers_the_traceback_to_a_catch_all_handler():
    """A page made for visitors would hide what the developer needs."""
    async with test_client(app_with_handlers(debug=True)) as client:
        assert "the handler is broken" in (await client.get("/fails")).text
        assert "no milk" in (await client.get("/shortage")).text


async def test_a_handler_of_exceptions_that_fails_is_a_500_itself(caplog):
    """The second failure is the one that is shown and logged."""
    app = app_that_fails()

    @app.exception_handler(RuntimeError)
    async def on_error(request, error):
        raise ValueError("the error handler is broken")

    async with test_client(app) as client:
        assert (await client.get("/fails")).status_code == 500
    assert [record.exc_info[0] for record in failures(caplog)] == [ValueError]


@pytest.mark.parametrize("kind", [200, 600, "404", int, BaseException, KeyboardInterrupt, None])
def test_a_handler_for_what_is_no_failure_is_refused(kind):
    """Also BaseException: cancellation must pass."""
    with pytest.raises(ValueError, match="expected a status code, 400 to 599, or an Exception class"):
        OpenViper().exception_handler(kind)(lambda request, error: None)


@pytest.mark.parametrize("handler", [lambda error: None, lambda: None, lambda request, error, more: None])
def test_an_exception_handler_that_cannot_be_called_is_refused(handler):
    """It would fail only when there is an error to answer."""
    with pytest.raises(ValueError, match=r"exception handler .*; expected \(request, exc\)"):
        OpenViper().exception_handler(ValueError)(handler)


@pytest.mark.parametrize(
    ("raised", "status", "retry_after"),
    [
        (HTTPException(429, headers={"Retry-After": 30}), 429, "30"),
        (HTTPException(429, headers={"X-Note": "→"}), 500, None),
        (HTTPException(429, headers={"X-Note": "a\r\nSet-Cookie: x=1"}), 500, None),
        (HTTPException(429, {("a",): 1}), 500, None),
    ],
)
async def test_a_refusal_that_cannot_be_sent_is_a_500(caplog, raised, status, retry_after):
    """Nothing escapes the error handling, and the middleware's headers are on it."""
    app = OpenViper(middleware=[AddHeader])

    @app.get("/")
    async def refuse():
        raise raised

    async with test_client(app) as client:
        response = await client.get("/")
    assert (response.status_code, response.headers.get("retry-after")) == (status, retry_after)
    assert response.headers["x-layer"] == "yes"
    assert "set-cookie" not in response.headers
    assert len(failures(caplog)) == (status == 500)


class TakesNoNotes(ValueError):
    __notes__ = ()


async def test_an_error_that_takes_no_notes_is_a_500_like_any_other(caplog):
    """What the framework would like to add to an exception is never in the way of the answer."""
    app = OpenViper()

    @app.get("/")
    async def fails():
        raise TakesNoNotes("no")

    async with test_client(app) as client:
        assert (await client.get("/")).status_code == 500
    assert [record.exc_info[0] for record in failures(caplog)] == [TakesNoNotes]


async def test_a_result_that_cannot_be_sent_is_logged_with_its_handler(caplog):
    """No line of such a traceback is the user's."""
    async with test_client(app_that_fails()) as client:
        await client.get("/wrong-type")
    notes = failures(caplog)[0].exc_info[1].__notes__
    assert notes[0].startswith("GET /wrong-type is served by ")
    assert notes[0].endswith(".wrong_type")


async def test_cancellation_passes_through():
    """A request that is given up is not an error page."""
    app = OpenViper()
    sent, begun = [], asyncio.Event()

    @app.get("/")
    async def hang():
        begun.set()
        await asyncio.sleep(60)

    async def send(message):
        sent.append(message)

    task = asyncio.create_task(app({"type": "http", "method": "GET", "path": "/", "headers": []}, None, send))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert sent == []


async def test_a_client_that_leaves_while_it_sends_is_no_failure(caplog):
    """Nobody is there to be answered, and nothing is wrong with the application."""
    app = OpenViper()
    app.post("/")(read_body)
    sent = []

    async def receive():
        return {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    await app({"type": "http", "method": "POST", "path": "/", "headers": []}, receive, send)
    assert sent == []
    assert failures(caplog) == []


async def read_body(request):
    return {"length": len(await request.body())}
