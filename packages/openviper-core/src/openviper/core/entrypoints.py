"""What installed distributions offer through entry points.

The groups are ``openviper.checks``, ``openviper.commands``, ``openviper.job_consumers``, ``openviper.jobs``,
``openviper.pages`` and ``openviper.settings``. Nothing registers itself by being imported.
"""

from __future__ import annotations

import os
from stat import S_ISDIR, S_ISREG
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.metadata import Distribution, EntryPoint

__all__ = [
    "METADATA",
    "distribution_of",
    "folder_name",
    "has_endless",
    "installed_distributions",
    "installed_entries",
    "normal_name",
]

#: Where a distribution's metadata may stand, for :func:`has_endless`; ``""`` is an ``.egg-info`` that is itself a file.
METADATA = ("", "METADATA", "PKG-INFO")

# Said once in a process, however often entry points are asked for.
_WARNED: set[str] = set()


def installed_entries(group: str) -> list[EntryPoint]:
    """Return the entry points of ``group``, sorted by distribution and name; none of them is loaded.

    A distribution whose ``entry_points.txt`` cannot be read, or is no regular file, is left out and named in a warning.
    """
    # Their import costs more than everything else here together.
    from importlib.metadata import distributions, entry_points  # noqa: PLC0415

    found: list[EntryPoint]
    try:
        for each in distributions():
            _refuse_endless(each)
        found = list(entry_points(group=group))
    except Exception:
        # One damaged distribution, whatever it has to do with this, has cost all of them.
        found = [entry for entry in _readable_entries() if entry.group == group]
    return sorted(found, key=lambda entry: (distribution_of(entry), entry.name))


def distribution_of(entry: EntryPoint) -> str:
    """Return the name of the distribution that offers ``entry``.

    Where its metadata is missing or damaged it is that of its ``.dist-info`` or ``.egg-info``, else ``"?"``.
    """
    return "?" if entry.dist is None else _name_of(entry.dist)


def has_endless(distribution: Any, *names: str) -> bool:
    """Tell whether one of a distribution's files must not be opened: a pipe would be waited for, a device has no end.

    Args:
        distribution: As ``importlib.metadata`` gives it.
        names: The files; ``""`` is what holds them, which is itself a file for some.
    """
    # Only importlib's own distributions have a place, and no public name for it.
    place = str(getattr(distribution, "_path", ""))
    # As strings; and with a slash at its end, a place that is a pipe would be none.
    return bool(place) and any(_is_endless(os.path.join(place, name) if name else place) for name in names)  # noqa: PTH118


def _is_endless(path: str) -> bool:
    try:
        # Each of a few hundred distributions is asked; pathlib would take longer than the system.
        mode = os.stat(path).st_mode  # noqa: PTH116
    except (OSError, ValueError):
        return False
    return not (S_ISREG(mode) or S_ISDIR(mode))


def _refuse_endless(distribution: Any) -> None:
    if has_endless(distribution, "entry_points.txt"):
        raise OSError("it is no regular file")


def _name_of(distribution: Any) -> str:
    return _told_name(distribution) or folder_name(distribution)[0]


def _told_name(distribution: Any) -> str:
    if has_endless(distribution, *METADATA):
        return ""
    try:
        # A leftover folder without metadata, as an interrupted pip leaves it, has no name in it.
        return str(distribution.metadata.get("Name", ""))
    except Exception:
        # Damaged: it is not UTF-8, or cannot be read.
        return ""


def folder_name(distribution: Any) -> tuple[str, str]:
    """Return name and version as the name of a distribution's folder tells them, and ``"?"`` for what it does not.

    It is ``NAME-VERSION.dist-info``, ``NAME.egg-info`` or ``NAME-VERSION-py3.12.egg-info``; a dash in the name itself
    is written as an underscore, and read as a dash.
    """
    folder = str(getattr(getattr(distribution, "_path", None), "name", ""))
    stem, dot, kind = folder.rpartition(".")
    name, _, rest = stem.partition("-")
    if not name or dot + kind not in {".dist-info", ".egg-info"}:
        return "?", "?"
    return name.replace("_", "-"), rest.partition("-")[0] or "?"


def installed_distributions() -> Iterator[tuple[str, Distribution]]:
    """Yield each distribution with its name, as :func:`distribution_of` gives it.

    The first of a name on ``sys.path`` counts; metadata that cannot be read keeps nothing from being yielded.
    """
    from importlib.metadata import distributions  # noqa: PLC0415 - as above

    seen: set[str] = set()
    for distribution in distributions():
        # What an interrupted installation left behind shadows nothing.
        told = _told_name(distribution)
        if normal_name(told) not in seen:
            seen.update({normal_name(told)} - {""})
            yield told or folder_name(distribution)[0], distribution


def normal_name(name: str) -> str:
    """Return a distribution's name as https://packaging.python.org/specifications/name-normalization/ compares it."""
    return "-".join(filter(None, name.lower().replace("_", "-").replace(".", "-").split("-")))


def _readable_entries() -> Iterator[EntryPoint]:
    for name, distribution in installed_distributions():
        try:
            _refuse_endless(distribution)
            yield from distribution.entry_points
        except Exception as error:
            _warn(f"{name} ({distribution.locate_file('')})", error)


def _warn(place: str, error: Exception) -> None:
    if place not in _WARNED:
        _WARNED.add(place)
        # Only who has such a distribution pays for it.
        from logging import getLogger  # noqa: PLC0415

        getLogger("openviper.entrypoints").warning(
            "the entry points of %s are left out: entry_points.txt cannot be read: %s: %s",
            place,
            type(error).__name__,
            error,
        )
