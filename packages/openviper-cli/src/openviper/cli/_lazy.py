"""A click group that knows its commands' names and one-line helps without importing any of them."""

from __future__ import annotations

import copy
import gc
import os
from typing import TYPE_CHECKING, Any

import click

from openviper.cli._async_commands import runnable
from openviper.cli._failure_lines import failure_line
from openviper.cli._failure_origins import is_of_import_string
from openviper.cli._formatter import CommandContext, terminal_width, write_section
from openviper.cli._run_command import run_command
from openviper.cli.errors import BrokenCommandError, CommandLineError
from openviper.core.imports import import_string

if TYPE_CHECKING:
    from collections.abc import Mapping

    from click.shell_completion import CompletionItem

    from openviper.core.commands import LazyCommand

__all__ = [
    "LazyGroup",
    "adopted",
    "load_command",
    "no_color_option",
    "run_command",
    "traceback_option",
]

_TRACEBACK = "openviper.cli.traceback"


class LazyGroup(click.Group):
    """A group whose commands are data until one of them runs, or shows its own help.

    click imports every command for ``--help``, completion and suggestions; what is overridden here keeps it from that.
    """

    context_class = CommandContext

    def __init__(self, *args: Any, table: Mapping[str, LazyCommand] | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self._table = table or {}

    def lazy_commands(self) -> Mapping[str, LazyCommand]:
        """Return the commands by name."""
        return self._table

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(self.lazy_commands())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        command = self.lazy_commands().get(cmd_name)
        return None if command is None else load_command(command)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        found = self.find_command(ctx, args)
        if not isinstance(found[1], LazyGroup):
            # The start, where it was put off, is over.
            gc.enable()
        return found

    def find_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """Return a command's name, itself and the rest of the command line, as click's ``resolve_command`` does."""
        if args[0] not in self.lazy_commands():
            if ctx.resilient_parsing:
                # A shell that completes the word after it wants no usage error on its prompt.
                return None, None, args[1:]
            raise self.unknown_command(ctx, args[0])
        return super().resolve_command(ctx, args)

    def unknown_command(self, ctx: click.Context, name: str) -> click.ClickException:
        """Return the error for a command that is not there."""
        return click.NoSuchCommand(name, possibilities=self.lazy_commands(), ctx=ctx)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        commands = self.lazy_commands()
        write_section(formatter, "Commands", [(name, commands[name].short_help) for name in self.list_commands(ctx)])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        # As click does: only a shell that asks for completions needs it.
        from click.shell_completion import CompletionItem  # noqa: PLC0415

        found = [
            CompletionItem(name, help=command.short_help)
            for name, command in sorted(self.lazy_commands().items())
            if name.startswith(incomplete)
        ]
        # Not Group's own, which imports every command to see whether it is hidden.
        return [*found, *click.Command.shell_complete(self, ctx, incomplete)]

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        if parent is None:
            extra.setdefault("color", _wanted_color())
            extra.setdefault("terminal_width", terminal_width())
        return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: click.Context) -> None:
        """Run the command; its return value is dropped, because :func:`run_command` returns exit codes only."""
        try:
            super().invoke(ctx)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # whatever a command raises
            from openviper.cli._command_failures import shown_failure  # noqa: PLC0415 - only a failure needs it

            shown = shown_failure(error, whole=bool(ctx.meta.get(_TRACEBACK)))
            if shown is None:
                raise
            raise shown from error


def load_command(command: LazyCommand, distribution: str = "openviper-cli") -> click.Command:
    """Import a command, and let it take ``--traceback`` after its name too.

    Args:
        command: The entry of a manifest.
        distribution: Whose manifest it is, for the error.

    Raises:
        BrokenCommandError: Its module fails while it is imported.
        CommandLineError: Its import path names nothing, or what is no click command.
    """
    try:
        loaded = import_string(command.import_path)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit too: a module that ends the program while it is read is broken
        if isinstance(error, ImportError) and is_of_import_string(error):
            raise _not_a_command(command, distribution, str(error)) from error
        raise BrokenCommandError(f"{command.name!r} of {distribution} cannot run: {failure_line(error)}") from error
    if not isinstance(loaded, click.Command):
        raise _not_a_command(command, distribution, f"it is {type(loaded).__name__}")
    return adopted(loaded)


def adopted(command: click.Command) -> click.Command:
    """Return a copy that takes ``--traceback`` after its name too, runs what is async, and fits a narrow terminal."""
    copied = copy.copy(runnable(command))
    if not any("--traceback" in each.opts for each in command.params):
        copied.params = [*command.params, traceback_option(hidden=True)]
    if command.context_class is click.Context:
        copied.context_class = CommandContext
    return copied


def _not_a_command(command: LazyCommand, distribution: str, reason: str) -> CommandLineError:
    return CommandLineError(
        f"{command.name!r} of {distribution} cannot run: its manifest names {command.import_path}, which is no "
        f"click.Command: {reason}"
    )


def traceback_option(*, hidden: bool = False) -> click.Option:
    """Return the option ``--traceback``."""

    def remember(ctx: click.Context, param: click.Parameter, value: bool) -> None:
        if value:
            ctx.meta[_TRACEBACK] = True

    return click.Option(
        ["--traceback"],
        is_flag=True,
        expose_value=False,
        hidden=hidden,
        callback=remember,
        help="Show where an error came from.",
    )


def no_color_option() -> click.Option:
    """Return the option ``--no-color``."""

    def forget_color(ctx: click.Context, param: click.Parameter, value: bool) -> None:
        if value:
            ctx.color = False

    return click.Option(
        ["--no-color"], is_flag=True, expose_value=False, is_eager=True, callback=forget_color, help="Plain text only."
    )


def _wanted_color() -> bool | None:
    """Return what https://no-color.org and https://force-color.org say, which click does not know; else ``None``."""
    if os.environ.get("NO_COLOR"):
        return False
    return True if os.environ.get("FORCE_COLOR") else None
