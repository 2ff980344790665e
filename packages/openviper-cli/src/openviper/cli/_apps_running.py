"""Running something while the installed apps are ready: they start before it, and are shut down after it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

import click

from openviper.cli._failure_lines import failure_line
from openviper.cli._foreign_code import foreign_code
from openviper.cli.errors import CommandLineError
from openviper.core.errors import OpenViperError
from openviper.core.lifespan import lifespan

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator

    from openviper.core.lifespan import Lifespan

__all__ = ["apps_running"]


@asynccontextmanager
async def apps_running() -> AsyncGenerator[Lifespan]:
    """Have the installed apps ready inside the block; what their hooks print goes to stderr.

    What the block raises passes as it is. What fails while the apps are shut down after that is logged and noted there.

    Raises:
        CommandLineError: An app cannot be imported, made ready, or shut down after a block that went well; or it exits.
    """
    apps = lifespan()
    with _hooks():
        await apps.start()
    try:
        yield apps
    except BaseException as error:
        try:
            with _hooks():
                await apps.__aexit__(type(error), error, error.__traceback__)
        except CommandLineError as failure:
            click.echo(f"Warning: {failure}", err=True)
        raise
    with _hooks():
        await apps.stop()


@contextmanager
def _hooks() -> Generator[None]:
    """Turn what the hooks raise into one sentence."""
    try:
        with foreign_code("an installed app"):
            yield
    except CommandLineError as error:
        # Ctrl-C is a cancellation in here, and no app's doing.
        if isinstance(error.__cause__, asyncio.CancelledError) and _is_cancelled():
            raise error.__cause__ from None
        raise
    except OpenViperError as error:
        places = "".join(f" ({note})" for note in getattr(error, "__notes__", ()))
        raise CommandLineError(f"{error}{places}") from error
    except ExceptionGroup as group:
        reasons = "; ".join(map(failure_line, group.exceptions))
        raise CommandLineError(f"the installed apps could not be shut down: {reasons}") from group


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
