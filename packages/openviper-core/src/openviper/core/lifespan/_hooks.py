"""Calling one hook, and calling all of them whatever one does."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from openviper.core import context
from openviper.core.errors import LifespanError
from openviper.core.lifespan._apps import HookFunction
from openviper.core.lifespan._deadline import OverdueError, within
from openviper.core.lifespan._place import failing_line
from openviper.core.lifespan._watch import Step, Watch

__all__ = ["Hook", "call", "call_all", "note_failures", "raise_failures", "refuse_inside_app_hook"]

logger = logging.getLogger("openviper.lifespan")

REQUEST_VARIABLES: tuple[ContextVar[Any], ...] = (
    context.current_request,
    context.current_request_id,
    context.current_router,
    context.current_user,
    context.ignore_permissions_ctx,
    context.request_perms_cache,
)

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

    def note(self, error: BaseException) -> str:
        """Say where in the app ``error`` came from."""
        return ", ".join(filter(None, (f"in {self.title}", self.entry, failing_line(error, self.home))))


async def call(hook: Hook, watch: Watch, seconds: float | None = None) -> float:
    """Call a hook in this task, await what it returns, and return how many seconds it took.

    Raises:
        OverdueError: It was cancelled after ``seconds``.
        BaseException: What the hook raises, unchanged.
    """
    begin = perf_counter()
    with watch.over(hook.title) as step, _request_variables_kept(hook.title):
        token = app_hook.set(step if hook.entry else None)
        try:
            result = hook.function()
            if inspect.isgenerator(result) or inspect.isasyncgen(result):
                raise TypeError(f"{hook.title} has a yield: it made a generator, of which nothing ran")
            if inspect.isawaitable(result):
                step.blocking = False
                await within(result, seconds)
        finally:
            app_hook.reset(token)
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
def _request_variables_kept(title: str) -> Generator[None]:
    # Setting each to what it is makes a token that puts it back exactly, unset included.
    before = [(variable, value := variable.get(), variable.set(value)) for variable in REQUEST_VARIABLES]
    try:
        yield
    finally:
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
        except OverdueError:
            errors.append(TimeoutError(f"{hook.title} did not end within {seconds:g} s (SHUTDOWN_TIMEOUT)"))
        except BaseException as error:  # Handed on by raise_failures when all have run.
            error.add_note(hook.note(error))
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
        error.add_note(f"cleaning up failed too: {', '.join(map(repr, errors))}")
