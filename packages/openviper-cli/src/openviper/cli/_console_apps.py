"""The installed apps around a console: ready before its code runs, shut down after it."""

from __future__ import annotations

import sys
from contextlib import contextmanager, redirect_stdout
from importlib import import_module
from typing import TYPE_CHECKING

from openviper.cli.errors import CommandLineError
from openviper.conf import settings
from openviper.core.errors import OpenViperError
from openviper.core.imports import module_exists
from openviper.core.terminal_text import harmless_line

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from openviper.cli._console_loop import ConsoleLoop
    from openviper.core.lifespan import Lifespan

__all__ = ["apps_ready", "error_words", "stdout_kept"]

_HOOKS = ("ready", "shutdown", "requires", "after")


@contextmanager
def apps_ready(loop: ConsoleLoop) -> Generator[None]:
    """Have the installed apps ready inside the block.

    Raises:
        CommandLineError: An app cannot be imported, made ready, or shut down after a block that went well; or it exits.
    """
    lifespan = _started(loop)
    try:
        yield
    except BaseException as error:
        _stop(lifespan, loop, error)
        raise
    _stop(lifespan, loop)


@contextmanager
def stdout_kept() -> Generator[None]:
    """Keep stdout for the console's code: what others print in the block goes to stderr."""
    with redirect_stdout(sys.stderr):
        yield


def error_words(error: BaseException) -> str:
    """Return ``"TypeError: the reason"`` in one line."""
    return harmless_line(f"{type(error).__name__}: {error}")


def _started(loop: ConsoleLoop) -> Lifespan | None:
    """Make the apps ready; ``None`` where none of them has a hook."""
    try:
        with stdout_kept():
            if not _need_lifespan(settings.INSTALLED_APPS):
                return None
            # It brings asyncio, and a console whose apps have no hooks does without both.
            from openviper.core.lifespan import lifespan  # noqa: PLC0415

            started = lifespan()
            loop.run(started.start())
            return started
    except OpenViperError as error:
        places = "".join(f" ({note})" for note in getattr(error, "__notes__", ()))
        raise CommandLineError(f"{error}{places}") from error
    # sys.exit() in a settings module or an app must not look like a console that did its work.
    except SystemExit as error:
        raise CommandLineError(f"the project exits while it starts: {error_words(error)}") from error


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


def _stop(lifespan: Lifespan | None, loop: ConsoleLoop, error: BaseException | None = None) -> None:
    """Shut the apps down; what fails beside ``error`` is logged and noted there."""
    if lifespan is None:
        return
    try:
        with stdout_kept():
            loop.run(lifespan.__aexit__(None, error, None))
    except ExceptionGroup as group:
        reasons = ", ".join(map(error_words, group.exceptions))
        raise CommandLineError(f"the installed apps could not be shut down: {reasons}") from group
    except SystemExit as exit_:
        raise CommandLineError(f"an installed app exits while it is shut down: {error_words(exit_)}") from exit_
