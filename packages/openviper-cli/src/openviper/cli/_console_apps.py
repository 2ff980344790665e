"""The installed apps around a console: ready before its code runs, shut down after it."""

from __future__ import annotations

from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING

from openviper.cli._foreign_code import foreign_code
from openviper.conf import settings
from openviper.core.imports import module_exists

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from openviper.cli._console_loop import ConsoleLoop

__all__ = ["apps_ready"]

_HOOKS = ("ready", "shutdown", "requires", "after")


@contextmanager
def apps_ready(loop: ConsoleLoop) -> Generator[None]:
    """Have the installed apps ready inside the block, on ``loop``; SIGTERM and SIGHUP end it as Ctrl-C does.

    Raises:
        CommandLineError: As :func:`openviper.cli._apps_running.apps_running`; or the settings exit.
        ImproperlyConfigured: The settings cannot be used.
    """
    with foreign_code("the settings"):
        apps = settings.INSTALLED_APPS
    with foreign_code("an installed app"):
        is_needed = _need_lifespan(apps)
    if not is_needed:
        yield
        return
    # It brings asyncio, and a console whose apps have no hooks does without both.
    from openviper.cli._apps_running import apps_running  # noqa: PLC0415
    from openviper.core.stop_signals import ended_by_signals  # noqa: PLC0415

    with ended_by_signals():
        running = apps_running()
        loop.run(running.__aenter__())
        try:
            yield
        except BaseException as error:
            loop.run(running.__aexit__(type(error), error, error.__traceback__))
            raise
        loop.run(running.__aexit__(None, None, None))


def _need_lifespan(apps: Sequence[str]) -> bool:
    """Import the apps; tell whether one has a hook, or cannot be used, which the lifespan says best."""
    try:
        return len({*apps}) < len(apps) or any(_has_hooks(app) for app in apps)
    except Exception:  # whatever an app's module raises, it raises there again
        return True


def _has_hooks(app: str) -> bool:
    if not module_exists(app):
        return True  # Which is a warning of the lifespan's.
    places = [import_module(app)]
    if hasattr(places[0], "__path__") and module_exists(f"{app}.apps"):
        places.append(import_module(f"{app}.apps"))
    return any(getattr(place, hook, None) is not None for place in places for hook in _HOOKS)
