"""What ``viperctl check`` says of the commands that ``viperctl --help`` lists as broken; none of them is imported."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from openviper.cli._command_files import describe
from openviper.cli._own_commands import is_inside
from openviper.cli._viperctl_help import missing_module
from openviper.core.checks import CheckMessage, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openviper.cli._gather import Catalogue
    from openviper.cli._own_commands import OwnCommands

__all__ = ["check_commands"]


def check_commands(catalogue: Catalogue, own: OwnCommands) -> Iterator[CheckMessage]:
    """Report what is broken in the project's folder as errors, and what is installed as warnings.

    Args:
        catalogue: What the installed distributions offer.
        own: What the project's apps offer.
    """
    for broken in catalogue.broken:
        yield _message(broken.sentence)
    for name, (offer, *_) in sorted(catalogue.offers.items()):
        if name not in own.files and (problem := missing_module(catalogue, name)):
            yield _message(f"{name!r} of {offer.distribution} cannot run: {problem}")
    if own.project is not None:
        yield from _of_files(own, own.project.folder)


def _of_files(own: OwnCommands, folder: str) -> Iterator[CheckMessage]:
    for files in own.files.values():
        for file in files:
            if problem := describe(file.path).problem:
                text = f"{file.name!r} of {file.owner} cannot run: {file.path}: {problem}"
                yield _message(text, is_own=is_inside(file.path, folder))
    for name, reason in own.unusable.items():
        path = os.path.join(folder, name)  # noqa: PTH118 - as the command line has all paths
        yield _message(f"{path} cannot be used: {reason}", is_own=is_inside(path, folder))


def _message(text: str, *, is_own: bool = False) -> CheckMessage:
    return CheckMessage("openviper.cli.commands", Severity.ERROR if is_own else Severity.WARNING, text)
