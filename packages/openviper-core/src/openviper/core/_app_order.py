"""The order in which apps become ready."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from heapq import heapify, heappop, heappush
from itertools import pairwise

from openviper.core._app_places import add_note_once
from openviper.core._installed_apps import InstalledApp
from openviper.core.distributions import available_with
from openviper.core.errors import ImproperlyConfigured
from openviper.core.imports import closest

__all__ = ["in_order"]


def in_order(apps: Sequence[InstalledApp], already: Collection[str] = ()) -> list[InstalledApp]:
    """Sort ``apps`` so that each comes after those it ``requires`` or is ``after``.

    Kahn's algorithm, always taking the app that stands earliest in INSTALLED_APPS: ``a b c d`` with ``b`` after ``d``
    gives ``a c d b``.

    Args:
        apps: In the order of INSTALLED_APPS.
        already: Names of apps that are ready.

    Raises:
        ImproperlyConfigured: A required app is not installed, or the apps wait for each other in a cycle. Notes say
            where they ask for that.
    """
    _check_requires(apps, already)
    by_name = {app.name: app for app in apps}
    waits = {app.name: {name for name in (*app.requires, *app.after) if name in by_name} for app in apps}
    free = [app.index for app in apps if not waits[app.name]]
    heapify(free)
    by_index = {app.index: app for app in apps}
    ordered: list[InstalledApp] = []
    while free:
        app = by_index[heappop(free)]
        ordered.append(app)
        del waits[app.name]
        for name, others in waits.items():
            if app.name in others:
                others.remove(app.name)
                if not others:
                    heappush(free, by_name[name].index)
    if waits:
        raise _cycle_error(_cycle(by_name, waits))
    return ordered


def _check_requires(apps: Sequence[InstalledApp], already: Collection[str]) -> None:
    there = {app.name for app in apps}.union(already)
    missing = [(app, name) for app in apps for name in app.requires if name not in there]
    if not missing:
        return
    problems = [
        f"installed app {app.name!r} requires {name!r}, which is not in INSTALLED_APPS or was not found"
        f"{closest(name, there - {app.name}) or _source(name)}"
        for app, name in missing
    ]
    error = ImproperlyConfigured("\n".join(problems))
    for app, _ in missing:
        add_note_once(error, app.note("requires"))
    raise error


def _source(name: str) -> str:
    source = available_with(name)
    return f"; it {source}" if source else ""


def _cycle(by_name: dict[str, InstalledApp], waits: dict[str, set[str]]) -> list[InstalledApp]:
    """Follow the waiting apps until one comes again, which is the first and the last of the result."""
    path = [next(iter(waits))]
    # Every app left waits for one that is left, so this walk never ends in a dead end.
    while path[-1] not in path[:-1]:
        path.append(min(waits[path[-1]], key=lambda name: by_name[name].index))
    return [by_name[name] for name in path[path.index(path[-1]) :]]


def _cycle_error(cycle: list[InstalledApp]) -> ImproperlyConfigured:
    """Say who waits for whom: ``'a' requires 'b', 'b' comes after 'a'``."""
    edges = [(app, "requires" if other.name in app.requires else "after", other) for app, other in pairwise(cycle)]
    words = {"requires": "requires", "after": "comes after"}
    told = ", ".join(f"{app.name!r} {words[kind]} {other.name!r}" for app, kind, other in edges)
    error = ImproperlyConfigured(f"INSTALLED_APPS cannot be ordered: {told}")
    for app, kind, _ in edges:
        error.add_note(app.note(kind))
    return error
