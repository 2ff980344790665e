"""How one command reads in Markdown: its usage, help, arguments and options, whatever the terminal or the language."""

from __future__ import annotations

import inspect
import re
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from openviper.core.commands import TargetPolicy

__all__ = ["Documented", "anchor", "as_code", "as_prose", "as_table", "parameters_of", "section"]

WIDTH = 120
TARGETS: dict[TargetPolicy, str] = {
    "none": "",
    "dot": " TARGET: `.`.",
    "module": " TARGET: `.`, a dotted name, or the folder of a project.",
}
#: A word, and the brackets and stops around it that are not its own.
WORD = re.compile(r"(?P<before>[(\"]*)(?P<word>\S+?)(?P<after>[.,;:)\"]*)(?=\s|$)")
#: An option, a setting, an expression, a path, an address: what Markdown, or its dashes and quotes, would spoil.
LIKE_CODE = re.compile(r"--$|--?\w|\.{0,2}/|.*(?:[\[\]{}<>|\\$=*_]|://)")
#: Where an author has written it behind the help, in click's own way.
WRITTEN_DEFAULT = re.compile(r"\s*\[default: (?P<value>[^]]+)\]$")


@dataclass(frozen=True, slots=True)
class Documented:
    """A command, and what is known of it elsewhere."""

    name: str
    #: ``"openviper"`` or ``"viperctl"``.
    group: str
    command: click.Command
    short_help: str
    distribution: str
    target: TargetPolicy = "none"


def section(each: Documented) -> str:
    """The heading, and all that is said of a command."""
    parts = [
        f"### {as_code(f'{each.group} {each.name}')}",
        f"```text\n{usage(each)}\n```",
        *paragraphs(each.command.help or each.short_help),
        *parameters_of(each.command),
        *paragraphs(each.command.epilog or ""),
        f"Comes with {as_code(each.distribution)}.{TARGETS[each.target]}",
    ]
    return "\n\n".join(parts)


def anchor(each: Documented) -> str:
    """The address of the section within its page, which MyST makes of the heading."""
    return f"{each.group}-{each.name}"


def usage(each: Documented) -> str:
    before = ["openviper"] if each.group == "openviper" else ["openviper", each.group]
    target = [] if each.target == "none" else ["[TARGET]"]
    return " ".join([*before, each.name, *target, *each.command.collect_usage_pieces(context_of(each.command))])


def parameters_of(command: click.Command) -> list[str]:
    """A table of arguments and options but ``--help``, which every command has; nothing where there is no other."""
    context = context_of(command)
    rows = [row for each in command.params for row in parameter_rows(each, context)]
    return [as_table(["argument, option", "default", ""], rows)] if rows else []


def context_of(command: click.Command) -> click.Context:
    # The default of each option, whether --help shows it or not.
    return click.Context(command, show_default=True)


def parameter_rows(parameter: click.Parameter, context: click.Context) -> Iterator[list[str]]:
    record = parameter.get_help_record(context)
    if isinstance(parameter, click.Option):
        # A hidden one has none.
        if record is not None:
            yield [as_code(record[0]), default_of(parameter, context), about_option(parameter, context)]
    elif isinstance(parameter, click.Argument):
        required = "required" if parameter.required else ""
        yield [as_code(parameter.make_metavar(context)), required, about_argument(parameter)]


def default_of(option: click.Option, context: click.Context) -> str:
    """What holds without the option; empty where nothing does, or where it is off."""
    extra = option.get_help_extra(context)
    if "required" in extra:
        return "required"
    written = WRITTEN_DEFAULT.search(option.help or "")
    default = extra.get("default", written["value"] if written else "")
    if option.count and default == "0":
        return ""
    # click says "reload" for --reload.
    spelled = {each.lstrip("-"): each for each in (*option.opts, *option.secondary_opts) if option.secondary_opts}
    return as_code(spelled.get(default, default)) if default else ""


def about_option(option: click.Option, context: click.Context) -> str:
    extra = option.get_help_extra(context)
    said = [as_prose(WRITTEN_DEFAULT.sub("", option.help or ""))]
    if "range" in extra:
        said.append(f"({as_code(extra['range'])})")
    if "envvars" in extra:
        said.append(f"Environment: {', '.join(map(as_code, extra['envvars']))}.")
    return " ".join(filter(None, said))


def about_argument(argument: click.Argument) -> str:
    if argument.help:
        return as_prose(argument.help)
    if argument.nargs == 1:
        return ""
    return "one or more" if argument.required else "any number"


def paragraphs(text: str) -> list[str]:
    """A help text by click's conventions: nothing after a form feed, and lines that stay below a ``\\b``."""
    shown = click.unstyle(inspect.cleandoc(text).partition("\f")[0]).strip()
    return [paragraph(each) for each in re.split(r"\n\s*\n", shown) if each]


def paragraph(text: str) -> str:
    first, _, rest = text.partition("\n")
    if first.strip() == "\b":
        return f"```text\n{rest}\n```"
    return textwrap.fill(as_prose(text), WIDTH, break_long_words=False, break_on_hyphens=False)


def as_prose(text: str) -> str:
    """Text in one line, in which what looks like code is shown as code, and what is quoted as such stays."""
    pieces = re.split(r"(`[^`]*`)", " ".join(text.split()))
    # Every other one is quoted.
    return "".join(
        as_code(each.strip("`")) if number % 2 else WORD.sub(as_word, each) for number, each in enumerate(pieces)
    )


def as_word(found: re.Match[str]) -> str:
    text = as_code(found["word"]) if LIKE_CODE.match(found["word"]) else found["word"]
    return f"{found['before']}{text}{found['after']}"


def as_code(text: str) -> str:
    return f"`{text}`"


def as_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    cells = [[cell.replace("|", r"\|") for cell in row] for row in (head, ["---"] * len(head), *rows)]
    return "\n".join(f"| {' | '.join(row)} |" for row in cells)
