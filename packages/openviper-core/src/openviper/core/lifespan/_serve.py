"""The application's side of the ASGI lifespan protocol.

https://asgi.readthedocs.io/en/latest/specs/lifespan.html
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NoReturn

from openviper.core.errors import LifespanError
from openviper.core.lifespan._engine import Lifespan
from openviper.core.lifespan._hooks import stop_after
from openviper.core.tracebacks import own_traceback
from openviper.core.types import Receive, Send

__all__ = ["fail_startup", "serve_lifespan"]


async def serve_lifespan(engine: Lifespan, receive: Receive, send: Send, *, runners: Collection[str] = ()) -> None:
    """Start ``engine`` when the server says so, stop it when the server says so, and answer both.

    A failure is sent with its traceback, from the code of the app on, and raised again: a server that only saw the
    exception would take it for an application without lifespan support, and go on. If the server goes away in between
    (this is cancelled, or ``receive`` raises), the engine is stopped all the same.

    Args:
        engine: What is started and stopped.
        receive: Gives the events of the server, as ASGI passes it to an application.
        send: Takes the answers, as ASGI passes it.
        runners: What the traceback passes over besides; see :func:`openviper.core.tracebacks.own_frames`.

    Raises:
        BaseException: What ``engine.start()`` or ``engine.stop()`` raised.
        LifespanError: The server sent something else.
    """
    await _expect("lifespan.startup", receive)
    try:
        await engine.start()
    except GeneratorExit:
        raise  # The event loop is gone: nothing can be awaited any more.
    except BaseException as error:
        await send({"type": "lifespan.startup.failed", "message": own_traceback(error, runners=runners)})
        raise
    try:
        await send({"type": "lifespan.startup.complete"})
        await _expect("lifespan.shutdown", receive)
    except BaseException as error:
        await stop_after(error, engine.stop)
        raise
    try:
        await engine.stop()
    except GeneratorExit:
        raise
    except BaseException as error:
        await send({"type": "lifespan.shutdown.failed", "message": own_traceback(error, runners=runners)})
        raise
    await send({"type": "lifespan.shutdown.complete"})


async def fail_startup(
    error: BaseException, receive: Receive, send: Send, *, runners: Collection[str] = ()
) -> NoReturn:
    """Answer ``lifespan.startup`` with ``error``, for a failure before there was an engine, and raise it.

    Its ``runners`` are those of :func:`serve_lifespan`.
    """
    await _expect("lifespan.startup", receive)
    await send({"type": "lifespan.startup.failed", "message": own_traceback(error, runners=runners)})
    raise error


async def _expect(kind: str, receive: Receive) -> None:
    message = await receive()
    if message["type"] != kind:
        raise LifespanError(f"the server sent {message['type']!r}; expected {kind!r}")
