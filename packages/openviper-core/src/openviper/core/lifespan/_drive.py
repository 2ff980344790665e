"""The server's side of the ASGI lifespan protocol, for mounted applications and test clients.

https://asgi.readthedocs.io/en/latest/specs/lifespan.html
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, MutableMapping
from contextlib import asynccontextmanager
from typing import Any

from openviper.core.error_text import error_line
from openviper.core.errors import LifespanError
from openviper.core.lifespan._hooks import stop_after
from openviper.core.types import ASGIApp, Message, Scope

__all__ = ["asgi_lifespan"]

logger = logging.getLogger("openviper.lifespan")

#: Seconds that an application's task gets to end after its last answer, or after it was cancelled, where ``timeout``
#: does not say.
GRACE = 10.0


@asynccontextmanager
async def asgi_lifespan(
    app: ASGIApp,
    *,
    state: MutableMapping[str, Any] | None = None,
    timeout: float | None = None,  # noqa: ASYNC109 - each of two phases has it, not the block between them
) -> AsyncGenerator[None]:
    """Start an ASGI application before the block, and shut it down after it.

    An application that returns, or raises, before it has answered does not support lifespan and is passed over.

    Args:
        app: Any ASGI application.
        state: Given to the application as ``scope["state"]``, where it is not ``None``.
        timeout: Seconds that each, start-up and shutdown, may take; ``None``: no limit. So long, or 10 s, its task may
            take to end after its last answer, and again after it is cancelled because it did not.

    Raises:
        LifespanError: The application answered with a failure (its message; what it raised is chained), did not
            answer in time, or ended without an answer to the shutdown.
    """
    driver = _Driver(app, state, timeout)
    await driver.start()
    try:
        yield
    except BaseException as error:
        await stop_after(error, driver.stop)
        raise
    await driver.stop()


class _Driver:
    """An application's lifespan as a task, and the messages to and from it."""

    def __init__(self, app: ASGIApp, state: MutableMapping[str, Any] | None, timeout: float | None) -> None:
        self._app = app
        self._scope: Scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}}
        if state is not None:
            self._scope["state"] = state
        self._timeout = timeout
        self._grace = GRACE if timeout is None else timeout
        self._phase = "startup"
        self._to_app: asyncio.Queue[Message] = asyncio.Queue()
        self._answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        task = self._task = asyncio.create_task(self._run(), name="asgi-lifespan")
        answer = await self._ask("startup", task)
        if answer is None:
            self._task = None
            self._pass_over(await self._end(task))
        elif answer["type"] == "lifespan.startup.failed":
            raise _failure(answer) from await self._end(task)

    async def stop(self) -> None:
        if self._task is None:
            return
        answer = await self._ask("shutdown", self._task)
        error = await self._end(self._task)
        if answer is None:
            raise LifespanError("the application ended its lifespan before it answered lifespan.shutdown") from error
        if answer["type"] == "lifespan.shutdown.failed":
            raise _failure(answer) from error

    async def _run(self) -> None:
        await self._app(self._scope, self._to_app.get, self._send)

    async def _send(self, message: Message) -> None:
        expected = (f"lifespan.{self._phase}.complete", f"lifespan.{self._phase}.failed")
        if message["type"] not in expected:
            raise LifespanError(f"the application sent {message['type']!r}; expected {' or '.join(expected)}")
        if not self._answer.done():
            self._answer.set_result(message)

    async def _ask(self, kind: str, task: asyncio.Task[None]) -> Message | None:
        """Send a message and return the application's answer; ``None`` if it ended without one."""
        self._phase = kind
        answer = self._answer = asyncio.get_running_loop().create_future()
        self._to_app.put_nowait({"type": f"lifespan.{kind}"})
        try:
            async with asyncio.timeout(self._timeout):
                await asyncio.wait((answer, task), return_when=asyncio.FIRST_COMPLETED)
        except TimeoutError:
            await self._cancel(task)
            raise LifespanError(
                f"the application did not answer lifespan.{kind} within {self._timeout:g} s (timeout)"
            ) from None
        except BaseException:
            await self._cancel(task)
            raise
        return answer.result() if answer.done() else None

    async def _end(self, task: asyncio.Task[None]) -> BaseException | None:
        """Let the application's task end, as it should after its last answer; return what it raised."""
        await asyncio.wait((task,), timeout=self._grace)
        if not task.done():
            await self._cancel(task)
        return None if not task.done() or task.cancelled() else task.exception()

    async def _cancel(self, task: asyncio.Task[None]) -> None:
        task.cancel()
        await asyncio.wait((task,), timeout=self._grace)
        if not task.done():
            logger.warning("the lifespan of %r goes on although it was cancelled", self._app)
        elif not task.cancelled() and (error := task.exception()) is not None:
            logger.warning("the lifespan of %r failed when it was cancelled", self._app, exc_info=error)

    def _pass_over(self, error: BaseException | None) -> None:
        if error is not None and not isinstance(error, Exception):
            raise error
        why = "it returned" if error is None else error_line(error)
        logger.info("%r does not support lifespan and is passed over (%s)", self._app, why)


def _failure(answer: Message) -> LifespanError:
    return LifespanError(answer.get("message") or f"the application answered {answer['type']} without a message")
