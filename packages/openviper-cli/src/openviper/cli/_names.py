"""Names for what a scaffold makes: refused, with one that would do, before anything is written."""

from __future__ import annotations

import keyword
import re
import sys
import unicodedata
from typing import TYPE_CHECKING

from openviper.cli.errors import CommandLineError
from openviper.core.terminal_text import harmless_line

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["check_command_name", "check_package_name", "entry_named"]

# What is both a module and the name of a distribution.
_NAME = re.compile(r"[A-Za-z](?:[A-Za-z0-9_]*[A-Za-z0-9])?")
# With a longer one, lines of the generated code are too long for its formatter.
_LONGEST = 36
_BESIDE = "stands beside the package in every project"
_IGNORED = "is a folder that git ignores in every project"
#: In lower case, as some file systems take names.
_RESERVED = {
    "backup": _IGNORED,
    "conftest": "is a module that pytest reads",
    "dist": _IGNORED,
    "src": "is a folder that packages stand in",
    "tests": _BESIDE,
    "viperctl": _BESIDE,
}
# `type` is one since Python 3.12; as a package each of them reads like a statement.
_SOFT_KEYWORDS = {*keyword.softkwlist, "case", "match", "type"}
# Python's own list of its modules leaves this one out.
_STANDARD = {*sys.stdlib_module_names, "test"}


def check_package_name(name: str) -> None:
    """Refuse a name that cannot become the package of a project.

    Raises:
        ValueError: It is not an ASCII identifier, or it is a keyword, a standard module or one that projects have.
    """
    _check(name, "package", name)
    if reason := _RESERVED.get(name.lower()):
        raise ValueError(f"{name!r} {reason}; {_other(name)}")
    if name in _SOFT_KEYWORDS:
        raise ValueError(f"{name!r} is a keyword of Python in some places; {_other(name)}")


def check_command_name(name: str) -> str:
    """Return the module of a management command: ``import_prices`` for ``import-prices``.

    Raises:
        ValueError: It would be no ASCII identifier, or it is a keyword or a standard module.
    """
    module = name.replace("-", "_")
    _check(module, "command", name)
    return module


def entry_named(name: str, folder: Path) -> Path | None:
    """Return what has this name in ``folder``, as a module or in other letters of case too; ``None``: nothing has.

    Raises:
        CommandLineError: The folder cannot be read.
    """
    try:
        entries = sorted(folder.iterdir()) if folder.is_dir() else []
    except OSError as error:
        raise CommandLineError(
            f"{harmless_line(str(folder))} cannot be read: {error.strerror}; nothing was written"
        ) from error
    return next((each for each in entries if each.name.removesuffix(".py").casefold() == name.casefold()), None)


def _check(module: str, kind: str, typed: str) -> None:
    if len(module) > _LONGEST:
        raise ValueError(f"{typed[:_LONGEST]!r}... has {len(typed)} characters; a {kind}'s name has {_LONGEST} at most")
    if not _NAME.fullmatch(module):
        allowed = "letters, digits, - and _" if kind == "command" else "letters, digits and _"
        raise ValueError(
            f"{typed!r} is not a name for a {kind}: {allowed} only, a letter first, no _ last{_hint(typed)}"
        )
    if keyword.iskeyword(module):
        raise ValueError(f"{typed!r} is a keyword of Python; {_other(module)}")
    if module in _STANDARD:
        raise ValueError(f"{typed!r} is a module of the standard library; {_other(module)}")


def _other(name: str) -> str:
    return f"choose another name, such as {f'my_{name}'!r}"


def _hint(name: str) -> str:
    foreign = next((character for character in name if not character.isascii()), None)
    if foreign is not None:
        # Some look like letters of ASCII.
        return f"; {foreign!r} in it is {unicodedata.name(foreign, 'no letter')}"
    suggestion = re.sub(r"\W+", "_", name).strip("_")
    is_taken = keyword.iskeyword(suggestion) or suggestion in _STANDARD or suggestion.lower() in _RESERVED
    return f"; did you mean {suggestion!r}?" if _NAME.fullmatch(suggestion) and not is_taken else ""
