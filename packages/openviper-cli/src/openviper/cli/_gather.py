"""Which management commands the installed distributions offer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from openviper.core.commands import LazyCommand
from openviper.core.entrypoints import distribution_of, installed_entries

if TYPE_CHECKING:
    from collections.abc import Iterable
    from importlib.metadata import EntryPoint

__all__ = ["Catalogue", "Offer", "gather"]


@dataclass(frozen=True, slots=True)
class Offer:
    """A command, and the distribution that offers it."""

    command: LazyCommand
    distribution: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What all manifests together offer."""

    #: Name -> offers, sorted by distribution; more than one is a conflict.
    offers: dict[str, tuple[Offer, ...]]
    #: One sentence for each manifest that cannot be read.
    broken: tuple[str, ...]


def gather(entries: Iterable[EntryPoint] | None = None) -> Catalogue:
    """Read the manifests; no command is imported.

    A manifest that cannot be read is left out and named in ``Catalogue.broken``: one broken plugin must not take the
    command line with it.

    Args:
        entries: Entry points; ``None``: those of the group ``openviper.commands``.
    """
    offers: dict[str, tuple[Offer, ...]] = {}
    broken: list[str] = []
    for entry in installed_entries("openviper.commands") if entries is None else entries:
        distribution = distribution_of(entry)
        try:
            commands = _read(entry)
        except Exception as error:  # whatever a plugin's module raises
            broken.append(
                f"the commands of {distribution} are left out: {entry.value} cannot be read: "
                f"{type(error).__name__}: {error}"
            )
        else:
            for command in commands:
                offers[command.name] = (*offers.get(command.name, ()), Offer(command, distribution))
    return Catalogue(offers, tuple(broken))


def _read(entry: EntryPoint) -> tuple[LazyCommand, ...]:
    commands: tuple[Any, ...] = tuple(entry.load())
    for command in commands:
        if not isinstance(command, LazyCommand):
            raise TypeError(f"expected a tuple of LazyCommand, found {type(command).__name__}")
    return commands
