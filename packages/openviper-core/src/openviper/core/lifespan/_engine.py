"""Start-up and shutdown of one application or program."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Iterable, Sequence
from time import perf_counter
from typing import Literal, Self, TypeAlias

from openviper._settings.core import LifespanSettings
from openviper.conf import section, settings
from openviper.core._installed_apps import HookFunction
from openviper.core.app_resolver import app_names
from openviper.core.errors import LifespanError
from openviper.core.lifespan._deadline import Clock
from openviper.core.lifespan._hooks import Hook, call, call_all, note_failures, raise_failures, stop_after
from openviper.core.lifespan._installation import Installation, ReadyApp, join
from openviper.core.lifespan._watch import Watch

__all__ = ["Lifespan", "State", "lifespan"]

State: TypeAlias = Literal["stopped", "starting", "ready", "stopping"]

logger = logging.getLogger("openviper.lifespan")


class Lifespan:
    """The start-up and shutdown of an application, a worker, a command or a script.

    The installed apps become ready once per process: a second lifespan that starts on the same event loop while one is
    starting or running joins it. It makes ready only those of its ``apps`` that are not, and runs its own handlers;
    the apps are shut down when the last lifespan stops.

    Args:
        apps: Names of the installed apps, in order; ``None``: ``settings.INSTALLED_APPS``.
        on_startup: Sync or async functions that are called, in order, when all apps are ready. Read at that moment.
        on_shutdown: Likewise, called in reverse order before the apps are shut down.

    Raises:
        ImproperlyConfigured: ``apps`` is no list of names, or one stands there twice.
    """

    def __init__(
        self,
        apps: Iterable[str] | None = None,
        *,
        on_startup: Sequence[HookFunction] = (),
        on_shutdown: Sequence[HookFunction] = (),
    ) -> None:
        self._names = None if apps is None else app_names(apps)
        self._on_startup = on_startup
        self._on_shutdown = on_shutdown
        self._state: State = "stopped"
        self._apps: tuple[ReadyApp, ...] = ()
        self._held: tuple[Installation, float] | None = None

    @property
    def apps(self) -> tuple[ReadyApp, ...]:
        """Those of its apps that are ready, in the order in which they became so."""
        return self._apps

    @property
    def state(self) -> State:
        """What it is doing: ``"stopped"`` before the start, after the stop and after a failure of either.

        ``"starting"`` lasts until the last ``on_startup`` handler has ended, ``"stopping"`` until the last hook has;
        in between it is ``"ready"``.
        """
        return self._state

    async def start(self) -> None:
        """Make the apps ready, then call the ``on_startup`` handlers.

        If anything fails, what had started is undone first: the ``on_shutdown`` handlers run if an ``on_startup``
        handler had ended, then every app that had become ready is shut down, in reverse. Where another lifespan is
        running or starting, the apps that this one added stay ready if a handler fails: they go with the last
        lifespan that stops.

        Raises:
            LifespanError: An app cannot be imported, or its ``ready()`` raised (chained); the time is over; the apps
                are running on another event loop; or this lifespan was started before and not stopped.
            ImproperlyConfigured: INSTALLED_APPS, or what its apps require, cannot be used as it stands.
            Exception: What an ``on_startup`` handler raised, as it is.
        """
        if self._held is not None and self._held[0].loop.is_closed():
            self._state, self._held = "stopped", None  # Nothing of that start-up can be awaited any more.
        if self._state != "stopped":
            raise LifespanError(f"this lifespan is {self._state}; it can be started when it is stopped")
        self._state = "starting"
        try:
            with Watch() as watch:
                await self._start(watch)
        except BaseException:
            self._state, self._apps = "stopped", ()
            raise
        self._state = "ready"

    async def _start(self, watch: Watch) -> None:
        begin = perf_counter()
        names = app_names(settings.INSTALLED_APPS) if self._names is None else self._names
        limits = section(LifespanSettings)
        clock = Clock(None if limits.STARTUP_TIMEOUT is None else limits.STARTUP_TIMEOUT.total_seconds())
        deadline = limits.SHUTDOWN_TIMEOUT.total_seconds()
        installation, new = await join(clock)
        handled = 0
        try:
            added = await installation.add(names, watch, clock, deadline)
            self._apps = installation.apps(names)
            took = perf_counter() - begin
            for function in tuple(self._on_startup):
                await _call_handler(function, watch, clock)
                handled += 1
        except GeneratorExit:
            raise  # The event loop is gone: nothing can be awaited any more.
        except BaseException as error:
            note_failures(error, await self._undo(installation, watch, deadline, handlers=handled > 0))
            raise
        self._held = installation, deadline
        if added or new:
            _report(self._apps[-added:] if added else (), took)

    async def stop(self) -> None:
        """Call the ``on_shutdown`` handlers in reverse order, then shut the apps down if nobody else needs them.

        All hooks run, each for at most ``SHUTDOWN_TIMEOUT``, whatever one does. Stopping what is stopped does nothing.

        Raises:
            ExceptionGroup: What hooks raised, each with a note that names the hook.
            BaseException: A cancellation, an interrupt or another ``BaseException`` that a hook raised, as it is.
            LifespanError: It is starting or stopping, or it was started on another event loop.
        """
        if self._state == "stopped":
            return
        if self._state != "ready" or self._held is None:
            raise LifespanError(f"this lifespan is {self._state}; it can be stopped when it is ready")
        installation, deadline = self._held
        if installation.loop is not asyncio.get_running_loop():
            raise LifespanError("this lifespan was started on another event loop; stop it from there")
        self._state = "stopping"
        try:
            with Watch() as watch:
                errors = await self._undo(installation, watch, deadline, handlers=True)
        finally:
            self._state, self._apps, self._held = "stopped", (), None
        raise_failures(errors)

    async def _undo(
        self, installation: Installation, watch: Watch, seconds: float, *, handlers: bool
    ) -> list[BaseException]:
        functions = tuple(self._on_shutdown)[::-1] if handlers else ()
        try:
            errors = await call_all([_handler(each, "on_shutdown") for each in functions], watch, seconds)
        except GeneratorExit:
            raise  # The event loop is gone: nothing can be awaited any more.
        except BaseException as error:
            # Whatever a handler is: apps that nobody left would be shut down by nobody.
            note_failures(error, await installation.leave(watch, seconds))
            raise
        return errors + await installation.leave(watch, seconds)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is None:
            await self.stop()
        else:
            await stop_after(error, self.stop)


def lifespan(
    apps: Iterable[str] | None = None,
    *,
    on_startup: Sequence[HookFunction] = (),
    on_shutdown: Sequence[HookFunction] = (),
) -> Lifespan:
    """Return a lifespan for ``async with``: the installed apps are ready inside the block.

    Args:
        apps: Names of the installed apps; ``None``: ``settings.INSTALLED_APPS``.
        on_startup: Functions that are called when the apps are ready.
        on_shutdown: Functions that are called, in reverse order, before the apps are shut down.
    """
    return Lifespan(apps, on_startup=on_startup, on_shutdown=on_shutdown)


def _handler(function: HookFunction, kind: str) -> Hook:
    code = getattr(inspect.unwrap(function), "__code__", None)
    name = getattr(function, "__qualname__", repr(function))
    return Hook(f"{kind} handler {name!r}", function, home=code.co_filename if code else "")


async def _call_handler(function: HookFunction, watch: Watch, clock: Clock) -> None:
    hook = _handler(function, "on_startup")
    try:
        with clock.over(hook.title):
            await call(hook, watch, clock.left())
    except BaseException as error:
        hook.note(error)
        raise


def _report(apps: Sequence[ReadyApp], seconds: float) -> None:
    count = "1 app" if len(apps) == 1 else f"{len(apps)} apps"
    slowest = max(apps, key=lambda app: app.seconds, default=None)
    tail = f", slowest {slowest.name} {slowest.seconds * 1000:.0f} ms" if slowest else ""
    logger.info("%s ready in %.0f ms%s", count, seconds * 1000, tail)
