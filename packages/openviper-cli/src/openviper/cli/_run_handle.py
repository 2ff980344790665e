"""Running the function of a project's command: on an event loop where it is async, under the lifespan where it asks."""

from __future__ import annotations

import inspect
import signal
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence

__all__ = ["run_function"]


def run_function(
    function: Callable[..., Any], args: Sequence[Any], options: Mapping[str, Any], *, lifespan: bool
) -> Any:
    """Call ``function`` and return what it returns, or what its coroutine does.

    Args:
        function: Sync or async.
        args: Its positional arguments.
        options: Its keyword arguments.
        lifespan: An async function runs when the installed apps are ready; they are shut down afterwards, after a
            failure, Ctrl-C and SIGTERM too. What their hooks print goes to stderr.

    Raises:
        CommandLineError: The apps cannot be made ready, or shut down after a function that went well.
        BaseException: What the function raises.
    """
    if lifespan:
        return _run(lambda: _under_lifespan(function, args, options))
    result = function(*args, **options)
    return _run(lambda: result) if inspect.isawaitable(result) else result


def _run(start: Callable[[], Awaitable[Any]]) -> Any:
    # Not above: whoever has no async command does not need it.
    import asyncio  # noqa: PLC0415

    async def run() -> Any:
        return await start()

    return asyncio.run(run())


async def _under_lifespan(function: Callable[..., Any], args: Sequence[Any], options: Mapping[str, Any]) -> Any:
    # As above; it imports asyncio, and reads settings.
    from openviper.cli._apps_running import apps_running  # noqa: PLC0415

    with _ended_by_sigterm():
        async with apps_running():
            return await function(*args, **options)


@contextmanager
def _ended_by_sigterm() -> Generator[None]:
    """Leave the block at a SIGTERM, as at Ctrl-C, and exit as one that it has ended; a second one cuts that off."""
    # As above.
    import asyncio  # noqa: PLC0415

    loop, task, came = asyncio.get_running_loop(), asyncio.current_task(), False

    def end() -> None:
        nonlocal came
        came = True
        loop.remove_signal_handler(signal.SIGTERM)
        if task is not None:
            task.cancel()

    # Only a program's first thread is told of signals.
    if threading.current_thread() is threading.main_thread():
        loop.add_signal_handler(signal.SIGTERM, end)
    try:
        yield
    except asyncio.CancelledError:
        if came:
            sys.exit(128 + signal.SIGTERM)
        raise
    finally:
        loop.remove_signal_handler(signal.SIGTERM)
