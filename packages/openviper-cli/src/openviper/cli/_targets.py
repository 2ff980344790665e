"""Which word of a command line is the project (the target), and not the command's own argument."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from openviper.core.commands import TargetPolicy

__all__ = ["first_positional", "is_module_path", "split_target", "with_target"]


def split_target(
    policy: TargetPolicy,
    args: Sequence[str],
    *,
    parameters: Callable[[], Sequence[click.Parameter]],
    is_project: Callable[[str], bool],
) -> tuple[str | None, list[str]]:
    """Take the target off ``args``.

    Args:
        policy: ``"none"`` takes nothing, ``"dot"`` exactly ``.``, ``"module"`` also a dotted name or a bare word for
            which ``is_project`` holds.
        args: What follows the command's name.
        parameters: Returns the command's own, so that ``--database .`` is told apart; called (and the command
            imported) only where an option stands before a word that could be the target.
        is_project: Tells whether a bare word names a project.

    Returns:
        The target or ``None``, and the remaining arguments.
    """

    def could_be_target(word: str) -> bool:
        if policy == "dot":
            return word == "."
        return word == "." or is_module_path(word) or (word.isidentifier() and is_project(word))

    before_dashes = args[: args.index("--")] if "--" in args else args
    if policy == "none" or not any(could_be_target(word) for word in before_dashes):
        return None, list(args)
    index = 0 if not args[0].startswith("-") else first_positional(args, parameters())
    if index is None or not could_be_target(args[index]):
        return None, list(args)
    return args[index], [*args[:index], *args[index + 1 :]]


def is_module_path(word: str) -> bool:
    """Tell whether ``word`` is a dotted name: ``apps.shop``."""
    return "." in word and all(part.isidentifier() for part in word.split("."))


def first_positional(args: Sequence[str], parameters: Sequence[click.Parameter]) -> int | None:
    """Return the index of the first word that is neither an option nor an option's value; none after ``--``."""
    # The group's own option, misplaced, is told to whoever typed it; its value is no target before that.
    values = {"--settings": 1} | {name: _value_count(each) for each in parameters for name in each.opts}
    index = 0
    while index < len(args):
        word = args[index]
        if word == "--":
            return None
        if len(word) < 2 or not word.startswith("-"):
            return index
        index += 1 + _following_values(word, values)
    return None


def _value_count(parameter: click.Parameter) -> int:
    if isinstance(parameter, click.Option) and (parameter.is_flag or parameter.count):
        return 0
    return parameter.nargs


def _following_values(word: str, values: dict[str, int]) -> int:
    """Return how many words after the option ``word`` are its values."""
    if word.startswith("--"):
        return 0 if "=" in word else values.get(word, 0)
    for position, letter in enumerate(word[1:], start=2):
        count = values.get(f"-{letter}", 0)
        if count:
            # -p8000: the first value stands in the same word.
            return count - (position < len(word))
    return 0


def with_target(command: click.Command, policy: TargetPolicy) -> click.Command:
    """Let the usage of ``command`` show the target that it takes; return it."""
    if policy != "none":
        command.options_metavar = " ".join(filter(None, ("[TARGET]", command.options_metavar)))
    return command
