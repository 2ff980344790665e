"""What ``viperctl --help`` and a shell's completion show of the commands; none of them is imported."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from openviper.cli._formatter import write_section
from openviper.core.distributions import COMMANDS, RELEASED
from openviper.core.imports import locate
from openviper.core.terminal_text import harmless_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import click

    from openviper.cli._gather import Catalogue, Offer
    from openviper.cli._own_commands import OwnCommands
    from openviper.cli._project_commands import CommandFile
    from openviper.core.commands import LazyCommand

__all__ = ["listed", "missing_module", "summaries", "write_commands"]


def listed(offers: tuple[Offer, ...]) -> LazyCommand:
    """Return what is shown of a name that distributions offer."""
    if len(offers) == 1:
        return offers[0].command
    distributions = " and ".join(each.distribution for each in offers)
    return replace(offers[0].command, short_help=f"Offered by {distributions}: uninstall one of them.")


def summaries(commands: Mapping[str, LazyCommand], own: OwnCommands, incomplete: str = "") -> Iterator[tuple[str, str]]:
    """Yield name and line of each command that starts with ``incomplete``; no other command's file is opened."""
    for name in sorted({*commands, *own.files}):
        if name.startswith(incomplete):
            yield name, _summary(own.files[name]) if name in own.files else commands[name].short_help


def write_commands(
    formatter: click.HelpFormatter, catalogue: Catalogue, commands: Mapping[str, LazyCommand], own: OwnCommands
) -> None:
    """Write a section each for the distributions' commands, the project's, what is broken and what is not here."""
    offered = [(name, commands[name]) for name in sorted(commands) if name not in own.files]
    write_section(formatter, "Commands", [(name, _offered(catalogue, each)) for name, each in offered])
    project = harmless_line(own.project.name) if own.project else ""
    mine = [(name, _summary(files)) for name, files in sorted(own.files.items())]
    write_section(formatter, f"Commands of {project}", mine)
    broken = [(each.distribution, each.reason) for each in catalogue.broken]
    write_section(formatter, "Broken", [*broken, *sorted(own.unusable.items())])
    write_section(formatter, "Available with other distributions", _available(catalogue, own))


def _offered(catalogue: Catalogue, command: LazyCommand) -> str:
    problem = missing_module(catalogue, command.name)
    return f"Broken: {problem}." if problem else command.short_help


def _summary(files: tuple[CommandFile, ...]) -> str:
    file, *others = files
    if others:
        return f"Offered by {' and '.join(harmless_line(each.app) for each in files)}: rename one of them."
    # It parses sources: only a project with commands of its own needs it.
    from openviper.cli._command_files import describe  # noqa: PLC0415

    description = describe(file.path)
    return f"Broken: {description.problem}" if description.problem else description.summary


def missing_module(catalogue: Catalogue, name: str) -> str | None:
    """Say that the module of a stranger's command is not there, as far as that can be told without an import."""
    offer, *others = catalogue.offers[name]
    if others or offer.distribution in RELEASED:
        return None
    module = offer.command.import_path.partition(":")[0]
    try:
        is_there = locate(module) is not None
    except Exception:
        # A finder of somebody else's; the command's own import will tell.
        return None
    return None if is_there else f"there is no module {harmless_line(module)!r}"


def _available(catalogue: Catalogue, own: OwnCommands) -> list[tuple[str, str]]:
    there = {*catalogue.offers, *own.files}
    return [
        (name, f"pip install {distribution}" if distribution in RELEASED else f"{distribution}, not released yet")
        for name, distribution in sorted(COMMANDS.items())
        if name not in there and distribution not in catalogue.distributions
    ]
