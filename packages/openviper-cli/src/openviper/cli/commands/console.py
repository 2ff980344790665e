"""``viperctl console``: Python in the project, typed, given by ``-c``, or read from stdin."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from openviper.cli._console_apps import apps_ready
from openviper.cli._console_code import run_code
from openviper.cli._console_loop import ConsoleLoop
from openviper.cli._console_names import console_names
from openviper.cli.errors import CommandLineError
from openviper.core.flexible_adapter import FlexibleAdapter
from openviper.core.imports import module_exists
from openviper.core.terminal_text import harmless_line

if TYPE_CHECKING:
    from openviper.cli._console_names import Names

__all__ = ["console"]

#: More models than this are counted, not named.
_SHOWN = 20


@click.command()
@click.option("--no-models", is_flag=True, default=False, help="Import no models.")
@click.option("-c", "--command", "code", metavar="CODE", default=None, help="Run CODE, which may await; -: from stdin.")
@click.pass_context
def console(ctx: click.Context, /, no_models: bool, code: str | None) -> None:
    """Open a Python console with settings and models loaded.

    `await` works at the top level, and the installed apps are ready. Without a terminal the code is read from stdin.
    """
    source = _source(code)
    succeeded = True
    with ConsoleLoop() as loop, apps_ready(loop):
        names = console_names(with_models=not no_models)
        for problem in names.problems:
            click.echo(f"Warning: {problem}", err=True)
        if source is None:
            _interact(ctx, names, loop)
        else:
            succeeded = run_code(source, names.values, loop)
    ctx.exit(0 if succeeded else 1)


def _source(code: str | None) -> str | bytes | None:
    """Return the code that was given; ``None``: it will be typed."""
    if code not in (None, "-"):
        return code
    # As Python found it; sys.stdin is an empty one by now.
    if sys.__stdin__ is None:
        raise CommandLineError("stdin is closed, so no code can be typed or read; give it by -c CODE")
    return None if code is None and sys.stdin.isatty() else sys.stdin.buffer.read()


def _interact(ctx: click.Context, names: Names, loop: ConsoleLoop) -> None:
    adapter = ctx.find_object(FlexibleAdapter)
    banner = _banner(str(adapter.project) if adapter and adapter.project else "no project", names)
    if module_exists("IPython"):
        # Half a second, and an extra.
        from openviper.cli._console_ipython import start_ipython  # noqa: PLC0415

        start_ipython(names.values, loop, banner, color=ctx.color)
    else:
        # The standard library's own takes its time too.
        from openviper.cli._console_plain import start_plain  # noqa: PLC0415

        start_plain(names.values, loop, f"{banner}\nMore comfortable: pip install 'openviper-cli[console]'")


def _banner(project: str, names: Names) -> str:
    shown = ", ".join(["settings", *names.models[:_SHOWN]])
    more = f" and {len(names.models) - _SHOWN} more models" if len(names.models) > _SHOWN else ""
    lines = [
        f"Python {sys.version.split()[0]}, {harmless_line(project)}",
        f"Loaded: {shown}{more}. `await` works here.",
        *names.notes,
    ]
    return "\n".join(lines)
