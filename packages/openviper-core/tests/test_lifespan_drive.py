"""asgi_lifespan: the server's side of the protocol, with applications of every manner."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress

import pytest

from openviper.core.errors import LifespanError
from openviper.core.lifespan import _drive, asgi_lifespan

COMPLETE = {"type": "lifespan.startup.complete"}


def answering(*answers, log=None, then=None):
    """Return an application that gives one answer to each message, then raises ``then`` or returns."""

    async def app(scope, receive, send):
        for answer in answers:
            message = await receive()
            if log is not None:
                log.append(message["type"])
            await send({"type": answer} if isinstance(answer, str) else answer)
        if then is not None:
            raise then

    return app


async def tasks_left():
    await asyncio.sleep(0)
    return [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]


async def test_a_well_behaved_application(caplog):
    """It is started before the block and shut down after it; nothing is left and nothing is logged."""
    log = []
    async with asgi_lifespan(answering("lifespan.startup.complete", "lifespan.shutdown.complete", log=log)):
        assert log == ["lifespan.startup"]
        log.append("block")
    assert log == ["lifespan.startup", "block", "lifespan.shutdown"]
    assert await tasks_left() == []
    assert caplog.records == []


@pytest.mark.parametrize(("state", "there"), [(None, False), ({}, True), ({"a": 1}, True)])
async def test_the_scope_is_a_lifespan_scope(state, there):
    """The application sees what a server gives it, and the caller's own state where there is one."""
    seen = []

    async def app(scope, receive, send):
        seen.append(scope)

    async with asgi_lifespan(app, state=state):
        pass
    assert seen[0]["type"] == "lifespan"
    assert seen[0]["asgi"]["version"] == "3.0"
    assert ("state" in seen[0]) is there
    assert seen[0].get("state") is state


async def returns(scope, receive, send):
    pass


async def asserts(scope, receive, send):
    assert scope["type"] == "http"


async def raises_after_reading(scope, receive, send):
    await receive()
    raise KeyError("path")


async def cancels_itself(scope, receive, send):
    raise asyncio.CancelledError


@pytest.mark.parametrize("app", [returns, asserts, raises_after_reading, cancels_itself])
async def test_an_application_without_lifespan_is_passed_over(app, caplog):
    """Returning or raising before any answer means no support; the log says so."""
    caplog.set_level(logging.INFO)
    async with asgi_lifespan(app, timeout=5):
        assert await tasks_left() == []
    assert f"{app.__name__} at" in caplog.text
    assert "does not support lifespan and is passed over" in caplog.text


async def test_a_failed_start_is_raised():
    """Its message is the error's, what the application raised is chained, the block is not entered."""
    cause = ValueError("no key")
    app = answering({"type": "lifespan.startup.failed", "message": "whole traceback"}, then=cause)
    entered = False
    with pytest.raises(LifespanError, match=r"^whole traceback$") as failure:
        async with asgi_lifespan(app):
            entered = True
    assert failure.value.__cause__ is cause
    assert not entered
    assert await tasks_left() == []


@pytest.mark.parametrize("answer", ["lifespan.startup.failed", {"type": "lifespan.startup.failed", "message": ""}])
async def test_a_failed_start_without_words_is_raised_too(answer):
    """The message is optional in the protocol."""
    with pytest.raises(LifespanError, match=r"answered lifespan.startup.failed without a message"):
        async with asgi_lifespan(answering(answer)):
            pass


@pytest.mark.parametrize(
    ("reason", "app", "sentence", "cause"),
    [
        ("failed", answering(COMPLETE, {"type": "lifespan.shutdown.failed", "message": "stuck"}), "^stuck$", None),
        ("returned early", answering(COMPLETE), "ended its lifespan before it answered", None),
        ("raised early", answering(COMPLETE, then=OSError()), "ended its lifespan before it answered", OSError),
    ],
)
async def test_a_failed_shutdown_is_raised(reason, app, sentence, cause):
    """An application that was started and does not answer well to its shutdown is an error, after the block."""
    done = False
    with pytest.raises(LifespanError, match=sentence) as failure:
        async with asgi_lifespan(app):
            done = True
    assert done
    assert isinstance(failure.value.__cause__, cause or type(None)), reason


async def test_the_error_of_the_block_is_what_its_caller_sees(caplog):
    """The application is shut down all the same; its failure is noted and logged."""
    app = answering(COMPLETE, {"type": "lifespan.shutdown.failed", "message": "stuck"})
    with pytest.raises(LookupError, match="mine") as failure:
        async with asgi_lifespan(app):
            raise LookupError("mine")
    assert "LifespanError('stuck')" in failure.value.__notes__[0]
    assert "LifespanError: stuck" in caplog.text
    assert await tasks_left() == []


async def hangs_at_start(scope, receive, send):
    await asyncio.sleep(60)


async def hangs_at_stop(scope, receive, send):
    await receive()
    await send(COMPLETE)
    await receive()
    await asyncio.sleep(60)


@pytest.mark.parametrize(("app", "phase"), [(hangs_at_start, "startup"), (hangs_at_stop, "shutdown")])
async def test_a_hanging_application_is_ended(app, phase):
    """After the time it has, its task is cancelled and the error says what was not answered."""
    async with asyncio.timeout(5):
        with pytest.raises(LifespanError, match=rf"did not answer lifespan.{phase} within 0.05 s \(timeout\)"):
            async with asgi_lifespan(app, timeout=0.05):
                pass
    assert await tasks_left() == []
    assert asyncio.current_task().cancelling() == 0


async def test_a_task_that_lingers_after_its_last_answer_is_ended():
    """An application that answers and does not return is cancelled when its time is over."""

    async def app(scope, receive, send):
        await answering(COMPLETE, "lifespan.shutdown.complete")(scope, receive, send)
        await asyncio.sleep(60)

    async with asyncio.timeout(5), asgi_lifespan(app, timeout=0.05):
        pass
    assert await tasks_left() == []


@pytest.mark.parametrize("app", [hangs_at_start, hangs_at_stop])
async def test_a_cancelled_caller_ends_the_application(app):
    """Cancelling who waits for the application cancels it, and stays a cancellation."""
    undone = []

    async def whole(scope, receive, send):
        try:
            await app(scope, receive, send)
        finally:
            undone.append(app)

    async def use():
        async with asgi_lifespan(whole):
            pass

    task = asyncio.create_task(use())
    await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert undone == [app]
    assert await tasks_left() == []


async def test_a_message_that_is_none_is_refused():
    """An application that sends something else is told so where it does."""
    with pytest.raises(LifespanError, match="ended its lifespan") as failure:
        async with asgi_lifespan(answering(COMPLETE, "http.response.start")):
            pass
    assert str(failure.value.__cause__).startswith("the application sent 'http.response.start'; expected lifespan.")


async def test_an_answer_to_something_else_is_refused(caplog):
    """Each message has its own two answers; another one's is told where it is sent."""
    with pytest.raises(LifespanError, match="ended its lifespan") as failure:
        async with asgi_lifespan(answering(COMPLETE, COMPLETE)):
            pass
    assert str(failure.value.__cause__) == (
        "the application sent 'lifespan.startup.complete'; "
        "expected lifespan.shutdown.complete or lifespan.shutdown.failed"
    )
    caplog.set_level(logging.INFO)
    async with asgi_lifespan(answering("lifespan.shutdown.complete")):
        pass
    assert "sent 'lifespan.shutdown.complete'; expected lifespan.startup.complete or" in caplog.text


@pytest.mark.parametrize("answer", ["lifespan.startup.failed", "lifespan.shutdown.complete"])
async def test_nobody_waits_for_ever_for_an_application_that_does_not_end(monkeypatch, caplog, answer):
    """Without a timeout too, a task that goes on after its last answer, and after its cancellation, is left."""
    monkeypatch.setattr(_drive, "GRACE", 0.05)
    release = asyncio.Event()

    async def app(scope, receive, send):
        await answering(*([COMPLETE] if "shutdown" in answer else []), answer)(scope, receive, send)
        while not release.is_set():
            with suppress(asyncio.CancelledError):
                await release.wait()

    async with asyncio.timeout(10):
        with suppress(LifespanError):
            async with asgi_lifespan(app):
                pass
    assert "goes on although it was cancelled" in caplog.text
    release.set()
    async with asyncio.timeout(5):
        while await tasks_left():
            pass


async def test_an_async_generator_that_is_closed_shuts_the_application_down():
    """aclose() on a running event loop is an end like any other."""
    log = []

    async def fixture():
        async with asgi_lifespan(answering(COMPLETE, "lifespan.shutdown.complete", log=log)):
            yield

    opened = fixture()
    await anext(opened)
    await opened.aclose()
    assert log == ["lifespan.startup", "lifespan.shutdown"]
