"""The event loop of a console: one for the installed apps and for all code that awaits something."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self, TypeVar

if TYPE_CHECKING:
    from asyncio import Runner
    from collections.abc import Coroutine
    from contextvars import Context
    from types import TracebackType

__all__ = ["ConsoleLoop"]

T = TypeVar("T")


class ConsoleLoop:
    """An event loop that is made when something first needs it, and closed with the console."""

    def __init__(self) -> None:
        self._runner: Runner | None = None
        #: Ctrl-C came while the last coroutine waited, or while nothing of it ran.
        self.is_interrupted = False

    def run(self, coroutine: Coroutine[Any, Any, T], context: Context | None = None) -> T:
        """Run ``coroutine`` to its end, and return its result.

        Ctrl-C interrupts it where it is, and cancels it where it waits; either way it is over when this returns.

        Args:
            coroutine: What to run.
            context: Where its context variables are kept; ``None``: in a copy of the current context.

        Raises:
            BaseException: What it raises.
        """
        # Half of what a console without await needs at all is the import of asyncio.
        import asyncio  # noqa: PLC0415

        self._runner = self._runner or asyncio.Runner()
        loop = self._runner.get_loop()
        task = loop.create_task(coroutine, context=context)
        self.is_interrupted = False
        try:
            return loop.run_until_complete(task)
        except BaseException as error:
            self.is_interrupted = isinstance(error, KeyboardInterrupt)
            # An interrupt, or the exit of some other task, ends the loop while this one still waits.
            if not task.done():
                task.cancel()
                loop.run_until_complete(asyncio.wait((task,)))
            if not task.cancelled():
                # Asked for, or it would be logged as one that nobody asked for.
                task.exception()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._runner is not None:
            self._runner.close()
