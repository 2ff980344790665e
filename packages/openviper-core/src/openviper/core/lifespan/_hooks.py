"""Calling one hook, and calling all of them whatever one does."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable, Generator, Iterable
from contextlib import contextmanager
from contextvars import ContextVar, Token
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from openviper.core._app_places import add_note_once, failing_line
from openviper.core._installed_apps import HookFunction
from openviper.core.context import REQUEST_VARIABLES
from openviper.core.error_text import error_line
from openviper.core.errors import LifespanError
from openviper.core.lifespan._deadline import OverdueError, within
from openviper.core.lifespan._watch import Step, Watch

__all__ = ["Hook", "call", "call_all", "note_failures", "raise_failures", "refuse_inside_app_hook", "stop_after"]

logger = logging.getLogger("openviper.lifespan")

#: The hook of an installed app in which this context was made, or is.
app_hook: ContextVar[Step | None] = ContextVar("app_hook", default=None)


@dataclass(frozen=True, slots=True)
class Hook:
    """A function to call at start-up or shutdown."""

    #: As logs and errors name it: ``ready() of installed app 'myplugin'``.
    title: str
    function: HookFunction
    #: Where it stands in the settings: ``INSTALLED_APPS[1]``; ``""`` where it does not.
    entry: str = ""
    #: The folder or file that its code stands in.
    home: str = ""

    def note(self, error: BaseException) -> None:
        """Say in a note where in the app ``error`` came from; where it does not know, where the function begins."""
        code = getattr(inspect.unwrap(self.function), "__code__", None)
        begin = f"{code.co_filename}:{code.co_firstlineno}" if code else ""
        line = failing_line(error, self.home, default=begin)
        add_note_once(error, ", ".join(filter(None, (f"in {self.title}", self.entry, line))))


async def call(hook: Hook, watch: Watch, seconds: float | None = None) -> float:
    """Call a hook in this task, await what it returns, and return how many seconds it took.

    Raises:
        OverdueError: It was cancelled after ``seconds``.
        BaseException: What the hook raises, unchanged.
    """
    begin = perf_counter()
    with watch.over(hook.title) as step, _context_kept(hook, step):
        result = hook.function()
        if inspect.isgenerator(result) or inspect.isasyncgen(result):
            raise TypeError(f"{hook.title} has a yield: it made a generator, of which nothing ran")
        if inspect.isawaitable(result):
            step.blocking = False
            await within(result, seconds)
    return perf_counter() - begin


def refuse_inside_app_hook() -> None:
    """Raise where a start-up would wait for the very hook that asks for it.

    Raises:
        LifespanError: The hook of an installed app that is running starts a lifespan.
    """
    step = app_hook.get()
    if step is not None and step.running:
        raise LifespanError(f"{step.title} starts a lifespan, which would wait for it; start it elsewhere")


@contextmanager
def _context_kept(hook: Hook, step: Step) -> Generator[None]:
    # Setting each to what it is makes a token that puts it back exactly, unset included.
    before = [(variable, value := variable.get(), variable.set(value)) for variable in REQUEST_VARIABLES]
    token = app_hook.set(step if hook.entry else None)
    closed = False
    try:
        yield
    except GeneratorExit:
        # Closed after its event loop was, in another context: there is nothing to put back, and reset() refuses.
        closed = True
        raise
    finally:
        if not closed:
            app_hook.reset(token)
            _put_back(before, hook.title)


def _put_back(before: list[tuple[ContextVar[Any], Any, Token[Any]]], title: str) -> None:
    for variable, value, token in before:
        if variable.get() is not value:
            logger.warning(
                "%s set the context variable %s; it was put back, because values set during start-up are not "
                "visible in requests. Keep it in a module variable or in the application's state",
                title,
                variable.name,
            )
        variable.reset(token)


async def call_all(hooks: Iterable[Hook], watch: Watch, seconds: float) -> list[BaseException]:
    """Call every hook, each for at most ``seconds``, whatever the others do; return what they raised."""
    errors: list[BaseException] = []
    for hook in hooks:
        try:
            await call(hook, watch, seconds)
        except GeneratorExit:
            raise  # The event loop is gone: nothing can be awaited any more.
        except OverdueError as overdue:
            error = TimeoutError(f"{hook.title} did not end within {seconds:g} s (SHUTDOWN_TIMEOUT)")
            error.__cause__ = overdue
            hook.note(error)
            errors.append(error)
        except BaseException as error:  # Handed on by raise_failures when all have run.
            hook.note(error)
            errors.append(error)
    return errors


def raise_failures(errors: list[BaseException]) -> None:
    """Raise the first cancellation, interrupt or exit as it is, else all errors as one group, else nothing."""
    failures = [error for error in errors if isinstance(error, Exception)]
    interrupts = [error for error in errors if not isinstance(error, Exception)]
    group = ExceptionGroup(f"{len(failures)} shutdown hooks failed", failures) if failures else None
    if not interrupts:
        if group is not None:
            raise group
        return
    for lost in (group, *interrupts[1:]):
        if lost is not None:
            logger.error("shutdown failed", exc_info=lost)
    raise interrupts[0]


def note_failures(error: BaseException, errors: list[BaseException]) -> None:
    """Log what failed while cleaning up after ``error``, and name it there; only interrupts are raised."""
    try:
        raise_failures(errors)
    except Exception as failures:
        logger.error("cleaning up after a failure failed too", exc_info=failures)
        add_note_once(error, f"cleaning up failed too: {', '.join(map(_shown, errors))}")


def _shown(error: BaseException) -> str:
    try:
        return repr(error)
    except Exception:
        return error_line(error)


async def stop_after(error: BaseException, stop: Callable[[], Awaitable[None]]) -> None:
    """Stop what a block used that raised ``error``, which is what its caller must see: a failure is noted there."""
    if isinstance(error, GeneratorExit) and not _can_await():
        return
    try:
        await stop()
    except Exception as failure:
        note_failures(error, [failure])


def _can_await() -> bool:
    """Tell a coroutine that outlived its event loop from an async generator that is being closed on it."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
