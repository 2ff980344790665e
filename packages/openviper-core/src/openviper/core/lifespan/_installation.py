"""The apps of this process: made ready once, whoever asks for them, and shut down with the last who did."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from openviper.core._app_order import in_order
from openviper.core._app_places import notes_of
from openviper.core._installed_apps import HookFunction, InstalledApp, load_app
from openviper.core.error_text import error_text
from openviper.core.errors import LifespanError
from openviper.core.lifespan._deadline import Clock, OverdueError, within
from openviper.core.lifespan._hooks import Hook, call, call_all, note_failures, refuse_inside_app_hook
from openviper.core.lifespan._watch import Watch

__all__ = ["Installation", "ReadyApp", "join"]

logger = logging.getLogger("openviper.lifespan")


@dataclass(frozen=True, slots=True)
class ReadyApp:
    """An installed app that is ready."""

    name: str
    #: How long its ``ready()`` took; 0 where it has none.
    seconds: float


class _Starting:
    """A start-up in progress, for those who join it."""

    def __init__(self) -> None:
        self.done = asyncio.Event()
        self.failure: BaseException | None = None


class Installation:
    """The apps that are ready on one event loop, and who needs them."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.process = os.getpid()
        self.holders = 1
        self.closing = False
        self.closed = asyncio.Event()
        self._ready: dict[str, tuple[InstalledApp, ReadyApp]] = {}
        self._starting: _Starting | None = None

    def apps(self, names: Sequence[str]) -> tuple[ReadyApp, ...]:
        """Return those of ``names`` that are ready, in the order in which they became so."""
        return tuple(ready for name, (_, ready) in self._ready.items() if name in names)

    async def add(self, names: Sequence[str], watch: Watch, clock: Clock, shutdown_seconds: float) -> int:
        """Make ready those of ``names`` that are not; return how many that were. All of them, or none.

        Raises:
            LifespanError: A start-up in progress, which this one joined, failed; or an app did.
            ImproperlyConfigured: The apps cannot be ordered.
        """
        while self._starting is not None:
            await _join(self._starting, clock)
        before = len(self._ready)
        starting = self._starting = _Starting()
        try:
            for app in self._load(names, watch):
                await self._make_ready(app, watch, clock)
        except BaseException as error:
            starting.failure = error
            if not isinstance(error, GeneratorExit):
                note_failures(error, await self._undo(before, watch, shutdown_seconds))
            raise
        finally:
            self._starting = None
            starting.done.set()
        return len(self._ready) - before

    def _load(self, names: Sequence[str], watch: Watch) -> list[InstalledApp]:
        found: list[InstalledApp] = []
        for index, name in enumerate(names):
            if name not in self._ready:
                with watch.over(f"the import of installed app {name!r}"):
                    app = load_app(name, index)
                if app is not None:
                    found.append(app)
        return in_order(found, already=self._ready)

    async def _make_ready(self, app: InstalledApp, watch: Watch, clock: Clock) -> None:
        if app.ready is None:
            self._ready[app.name] = (app, ReadyApp(app.name, 0.0))
            return
        hook = _hook_of(app, "ready", app.ready)
        try:
            with clock.over(hook.title):
                seconds = await _call_ready(hook, app.name, watch, clock)
                # Registered even if it is late: it is ready, so it is shut down.
                self._ready[app.name] = (app, ReadyApp(app.name, seconds))
        except BaseException as error:
            hook.note(error)
            raise

    async def leave(self, watch: Watch, seconds: float) -> list[BaseException]:
        """Need the apps no longer; the last who leaves shuts them down, in reverse. Returns what their hooks raised."""
        with _lock:
            self.holders -= 1
            if self.holders:
                return []
            self.closing = True
        try:
            return await self._undo(0, watch, seconds)
        finally:
            _forget(self)
            self.closed.set()

    async def _undo(self, down_to: int, watch: Watch, seconds: float) -> list[BaseException]:
        gone = [self._ready.popitem()[1][0] for _ in range(len(self._ready) - down_to)]
        hooks = [_hook_of(app, "shutdown", app.shutdown) for app in gone if app.shutdown is not None]
        return await call_all(hooks, watch, seconds)


async def _join(starting: _Starting, clock: Clock) -> None:
    await _wait(starting.done, clock, "the start-up in progress that this one joined")
    # If the other was cancelled, that is no failure of the apps: this one makes them ready itself.
    if starting.failure is not None and not isinstance(starting.failure, asyncio.CancelledError):
        error = LifespanError(f"the start-up in progress that this one joined failed: {error_text(starting.failure)}")
        error.__notes__ = notes_of(starting.failure)
        raise error from starting.failure


async def _wait(event: asyncio.Event, clock: Clock, title: str) -> None:
    with clock.over(title):
        await within(event.wait(), clock.left())


async def _call_ready(hook: Hook, name: str, watch: Watch, clock: Clock) -> float:
    try:
        return await call(hook, watch, clock.left())
    except OverdueError:
        raise
    except Exception as error:
        raise LifespanError(
            f"ready() for installed app {name!r} raised an error: {error_text(error) or type(error).__name__}"
        ) from error


def _hook_of(app: InstalledApp, kind: str, function: HookFunction) -> Hook:
    return Hook(f"{kind}() of installed app {app.name!r}", function, f"INSTALLED_APPS[{app.index}]", app.home)


_lock = threading.Lock()
_current: Installation | None = None


async def join(clock: Clock) -> tuple[Installation, bool]:
    """Return the installation of this process, now needed by one more, or a new one, and whether it is new.

    Raises:
        LifespanError: It lives on another event loop, or this is called by a hook that it waits for, or the time is
            over before the one that is being shut down is gone.
    """
    refuse_inside_app_hook()
    while True:
        installation, new = _join_or_make(asyncio.get_running_loop())
        if not installation.closing:
            return installation, new
        await _wait(installation.closed, clock, "the shutdown in progress that this one waited for")


def _join_or_make(loop: asyncio.AbstractEventLoop) -> tuple[Installation, bool]:
    global _current  # noqa: PLW0603 - once per process is what this module is about
    with _lock:
        there = _current
        # A forked child has its parent's record, but not its event loop's thread.
        if there is None or there.process != os.getpid() or there.loop.is_closed():
            if there is not None and there.process == os.getpid():
                logger.warning("the event loop of an earlier start-up was closed without its shutdown; starting anew")
            _current = Installation(loop)
            return _current, True
        if there.loop is not loop:
            raise LifespanError(
                "the installed apps are running on another event loop of this process; stop that lifespan first, "
                "or start this one from its loop, which joins it"
            )
        if not there.closing:
            there.holders += 1
        return there, False


def _forget(installation: Installation) -> None:
    global _current  # noqa: PLW0603
    with _lock:
        if _current is installation:
            _current = None
