"""Write docs/cli.md: a hand-written introduction, reference.md, and every command as the command describes itself.

It imports click, and the commands of every distribution of the workspace.
"""

from __future__ import annotations

import difflib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from openviper.cli._main import COMMANDS as PROGRAM
from openviper.cli._main import openviper
from openviper.core.distributions import COMMANDS, RELEASED
from openviper.core.entrypoints import distribution_of, installed_entries
from openviper.core.imports import import_string
from tools.reference_section import Documented, anchor, as_code, as_prose, as_table, parameters_of, section
from tools.workspace import ROOT, packages

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from openviper.core.commands import LazyCommand

__all__ = ["main", "reference"]

PAGE = ROOT / "docs" / "cli.md"
INTRODUCTION = Path(__file__).with_name("reference.md")
GROUP = "viperctl"


def main(arguments: Sequence[str], page: Path = PAGE) -> int:
    """With ``--check`` nothing is written, and the exit code is 1 where something would be."""
    current, newest = page.read_text(encoding="utf-8") if page.exists() else "", reference()
    if current == newest:
        print(f"{page.name} is what the commands say")
        return 0
    print(f"{page.name} is stale:")
    changes = difflib.unified_diff(current.splitlines(), newest.splitlines(), "written", "said", lineterm="", n=0)
    print(*changes, sep="\n")
    if "--check" in arguments:
        print("./dev nox -s reference renews it")
        return 1
    page.write_text(newest, encoding="utf-8")
    print(f"{page.name} is renewed")
    return 0


def reference() -> str:
    """What ``docs/cli.md`` would say now: the same on every machine and terminal."""
    text = INTRODUCTION.read_text(encoding="utf-8")
    parts = {"openviper": top_level(), "viperctl": management(), "later": not_released()}
    for name, content in parts.items():
        text = text.replace(f"<!-- reference: {name} -->", content)
    return text


def top_level() -> str:
    """The program's own options, and its commands."""
    found = [documented(each, "openviper", "openviper-cli") for each in PROGRAM if each.name != GROUP]
    return "\n\n".join([*introduced(openviper, "openviper"), *listing(found)])


def management() -> str:
    """The group's options, and the commands of every distribution of the workspace."""
    group = next(each for each in PROGRAM if each.name == GROUP)
    entries = [each for each in installed_entries("openviper.commands") if distribution_of(each) in packages()]
    found = [
        documented(command, GROUP, distribution_of(entry))
        for entry in entries
        for command in cast("tuple[LazyCommand, ...]", entry.load())
    ]
    return "\n\n".join([*introduced(load(group), f"openviper {GROUP}"), *listing(found)])


def introduced(group: click.Command, path: str) -> list[str]:
    """The usage and the options of a group itself."""
    return [f"```text\n{path} [OPTIONS] COMMAND [ARGS]...\n```", *parameters_of(group)]


def listing(found: Iterable[Documented]) -> list[str]:
    """A table of commands, by name, and a section for each."""
    in_order = sorted(found, key=lambda each: (each.name, each.distribution))
    rows = [
        [f"[{as_code(each.name)}](#{anchor(each)})", as_prose(each.short_help), as_code(each.distribution)]
        for each in in_order
    ]
    return [as_table(["command", "does", "comes with"], rows), *map(section, in_order)]


def documented(command: LazyCommand, group: str, distribution: str) -> Documented:
    return Documented(command.name, group, load(command), command.short_help, distribution, command.target)


def load(command: LazyCommand) -> click.Command:
    loaded = import_string(command.import_path)
    if not isinstance(loaded, click.Command):
        raise TypeError(f"{command.import_path} is {type(loaded).__name__}, not a click.Command")
    return loaded


def not_released() -> str:
    """The names that are kept for what cannot be installed yet."""
    rows = [[as_code(name), as_code(owner)] for name, owner in sorted(COMMANDS.items()) if owner not in RELEASED]
    return as_table(["command", "comes with"], rows)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
