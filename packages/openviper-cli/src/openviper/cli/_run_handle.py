"""Running the function of a project's command: on an event loop where it is async, under the lifespan where it asks."""

from __future__ import annotations

import inspect
import signal
from typing import TYPE_CHECKING, Any

from openviper.core.stop_signals import TERMINATION_SIGNALS, signals_handled

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from openviper.cli._command_signals import CommandSignals

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
            failure, Ctrl-C, SIGTERM and SIGHUP too. What their hooks print goes to stderr.

    Raises:
        CommandLineError: The apps cannot be made ready, or shut down after a function that went well.
        BaseException: What the function raises.
    """
    if lifespan:
        return _run_under_lifespan(function, args, options)
    result = function(*args, **options)
    return _run(lambda: result) if inspect.isawaitable(result) else result


def _run(start: Callable[[], Awaitable[Any]]) -> Any:
    # Not above: whoever has no async command does not need it.
    import asyncio  # noqa: PLC0415

    async def run() -> Any:
        return await start()

    return asyncio.run(run())


def _run_under_lifespan(function: Callable[..., Any], args: Sequence[Any], options: Mapping[str, Any]) -> Any:
    # As above; it imports asyncio.
    from openviper.cli._command_signals import CommandSignals  # noqa: PLC0415

    signals = CommandSignals()
    with signals_handled(signals, signal.SIGINT, *TERMINATION_SIGNALS):
        return _run(lambda: _under_lifespan(signals, function, args, options))


async def _under_lifespan(
    signals: CommandSignals, function: Callable[..., Any], args: Sequence[Any], options: Mapping[str, Any]
) -> Any:
    # As above; they import asyncio, and read settings.
    import asyncio  # noqa: PLC0415

    from openviper.cli._apps_running import apps_running  # noqa: PLC0415

    with signals.cancelling():
        async with apps_running():
            with signals.until_over():
                result = await function(*args, **options)
                # A signal that came while it blocked the loop is heeded here, not by a shutdown hook.
                await asyncio.sleep(0)
            return result
