"""Which management commands the installed distributions offer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import import_module
from itertools import islice
from typing import Any, NamedTuple, get_args

from openviper.cli._failure_lines import failure_line
from openviper.cli._manifests import Broken, Installed, Manifest, installed_manifests
from openviper.cli._side_effects import Containment
from openviper.core.commands import LazyCommand, TargetPolicy
from openviper.core.terminal_text import harmless_line

__all__ = ["Catalogue", "Offer", "gather"]

# Beside letters and digits, in a name; "-" does not begin one. Patterns would take longer to compile than all names
# take to be looked at.
_SIGNS = frozenset("_.:-")
# More than any manifest has; an iterator without an end would be read for ever.
_MOST = 10_000


class Offer(NamedTuple):
    """A command, and the distribution that offers it."""

    command: LazyCommand
    distribution: str


class Catalogue(NamedTuple):
    """What all manifests together offer."""

    #: Name -> offers, sorted by distribution; more than one is a conflict.
    offers: dict[str, tuple[Offer, ...]]
    #: What cannot be used.
    broken: tuple[Broken, ...]
    #: What is installed, with or without a manifest.
    distributions: frozenset[str]


def gather(manifests: Iterable[Manifest] | None = None) -> Catalogue:
    """Read the manifests; no command is imported.

    A manifest that cannot be read is left out and named in ``Catalogue.broken``: one broken plugin must not take the
    command line with it. So is an entry that is no command; the others of its manifest are kept.

    Args:
        manifests: Where to look; ``None``: in what is installed.
    """
    found, broken, distributions = installed_manifests() if manifests is None else Installed(list(manifests), [], set())
    offers: dict[str, tuple[Offer, ...]] = {}
    for manifest in found:
        commands, problem = _read(manifest)
        if problem is not None:
            broken.append(Broken(manifest.distribution, problem, is_left_out=not commands))
        for command in commands:
            offers[command.name] = (*offers.get(command.name, ()), Offer(command, manifest.distribution))
    return Catalogue(offers, tuple(broken), frozenset(distributions))


def _read(manifest: Manifest) -> tuple[list[LazyCommand], str | None]:
    """Return the commands of a manifest, and a line for what is wrong with it."""
    containment = Containment()
    try:
        with containment:
            commands, problems = _sorted_out(list(islice(_loaded(manifest.value), _MOST)))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # whatever a plugin's module raises; SystemExit must not end this program
        return [], f"{harmless_line(manifest.value)} cannot be read: {failure_line(error)}"
    if containment.deeds:
        problems.append(f"reading {harmless_line(manifest.value)} {' and '.join(containment.deeds)}, which was undone")
    shown = problems[:3] + ([f"{len(problems) - 3} more"] if len(problems) > 3 else [])
    return commands, "; ".join(shown) or None


def _loaded(value: str) -> Iterator[Any]:
    module, _, attribute = (part.strip() for part in value.partition("[")[0].partition(":"))
    if not all(name.isidentifier() for name in (*module.split("."), *attribute.split("."))):
        raise ValueError("it is not module:attribute")
    found: Any = import_module(module)
    for name in attribute.split("."):
        found = getattr(found, name)
    entries: Iterator[Any] = iter(found)
    return entries


def _sorted_out(entries: list[Any]) -> tuple[list[LazyCommand], list[str]]:
    commands: dict[str, LazyCommand] = {}
    problems: list[str] = []
    for entry in map(_plain, entries):
        problem = _problem(entry)
        if problem is None and entry.name in commands:
            problem = f"{entry.name!r} stands there twice; the first is taken"
        if problem is None:
            commands[entry.name] = entry
        else:
            problems.append(problem)
    return list(commands.values()), problems


def _plain(entry: Any) -> LazyCommand:
    """Return the same without the code of a subclass, also of a text's, which could fail wherever it is used."""
    if not isinstance(entry, LazyCommand):
        raise TypeError(f"expected a tuple of LazyCommand, found {type(entry).__name__}")
    given: tuple[Any, ...] = (entry.name, entry.import_path, entry.short_help, entry.target)
    fields: list[Any] = [str.__str__(each) if isinstance(each, str) else each for each in given]
    name, import_path, short_help, target = fields
    short_help = harmless_line(short_help) if isinstance(short_help, str) else short_help
    return LazyCommand(name, import_path, short_help, target, entry.expects_project)


def _problem(entry: Any) -> str | None:
    """Say what is wrong with an entry, whose types nothing has checked."""
    texts = (entry.name, entry.import_path, entry.short_help)
    if not all(isinstance(text, str) for text in texts):
        return f"an entry has something else than text in it ({_shown(entry.name)}); it is left out"
    if not _is_name(entry.name):
        return f"{_shown(entry.name)} is no name for a command: letters, digits, _, -, . and : only; it is left out"
    if not isinstance(entry.target, str) or entry.target not in get_args(TargetPolicy):
        return f"{entry.name!r} has the target {_shown(entry.target)}, not 'none', 'dot' or 'module'; it is left out"
    if not isinstance(entry.expects_project, bool):
        return f"{entry.name!r} has expects_project={_shown(entry.expects_project)}, not True or False; it is left out"
    return None


def _is_name(text: str) -> bool:
    return (text[:1].isalnum() or text[:1] == "_") and all(each.isalnum() or each in _SIGNS for each in text)


def _shown(value: object) -> str:
    try:
        return harmless_line(repr(value)[:60])
    except Exception:
        return f"a {type(value).__name__}"
