"""The order in which apps become ready."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from heapq import heapify, heappop, heappush
from itertools import pairwise

from openviper.core.distributions import available_with
from openviper.core.errors import ImproperlyConfigured
from openviper.core.imports import closest
from openviper.core.lifespan._apps import InstalledApp

__all__ = ["in_order"]


def in_order(apps: Sequence[InstalledApp], already: Collection[str] = ()) -> list[InstalledApp]:
    """Sort ``apps`` so that each comes after those it ``requires`` or is ``after``.

    Kahn's algorithm, always taking the app that stands earliest in INSTALLED_APPS: ``a b c d`` with ``b`` after ``d``
    gives ``a c d b``.

    Args:
        apps: In the order of INSTALLED_APPS.
        already: Names of apps that are ready.

    Raises:
        ImproperlyConfigured: A required app is not installed, or the apps wait for each other in a circle.
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
        raise ImproperlyConfigured(f"INSTALLED_APPS cannot be ordered: {_circle(by_name, waits)}")
    return ordered


def _check_requires(apps: Sequence[InstalledApp], already: Collection[str]) -> None:
    there = {app.name for app in apps}.union(already)
    problems = [
        f"installed app {app.name!r} requires {name!r}, which is not in INSTALLED_APPS or was not found"
        f"{closest(name, there - {app.name}) or _source(name)}"
        for app in apps
        for name in app.requires
        if name not in there
    ]
    if problems:
        raise ImproperlyConfigured("\n".join(problems))


def _source(name: str) -> str:
    source = available_with(name)
    return f"; it {source}" if source else ""


def _circle(by_name: dict[str, InstalledApp], waits: dict[str, set[str]]) -> str:
    """Follow the waiting apps until one comes again: ``'a' requires 'b', 'b' comes after 'a'``."""
    path = [next(iter(waits))]
    # Every app left waits for one that is left, so this walk never ends in a dead end.
    while path[-1] not in path[:-1]:
        path.append(min(waits[path[-1]], key=lambda name: by_name[name].index))
    path = path[path.index(path[-1]) :]
    return ", ".join(
        f"{name!r} {'requires' if other in by_name[name].requires else 'comes after'} {other!r}"
        for name, other in pairwise(path)
    )
