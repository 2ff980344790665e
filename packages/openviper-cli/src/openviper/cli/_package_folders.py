"""The folders below one that can be packages, and what stands in each; nothing is imported, no settings are read."""

# pathlib would take longer than the looking.
# ruff: noqa: PTH112

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

__all__ = ["package_folders"]

# What has no packages of the project's, and may be large.
_NO_PACKAGES = frozenset({"node_modules"})
# Deep enough for src/company/site/apps/shop.
_DEEPEST = 6


def package_folders(root: str, without: Collection[str] = _NO_PACKAGES) -> Iterator[tuple[str, str, Collection[str]]]:
    """Yield dotted name, path and the names of what stands in it: of ``root``, which has no name, and of those below.

    They come by name, each before those in it, six levels deep. What a link leads to is not looked through, and an
    environment is left out: it has hundreds of packages, none of which is the project's.

    Args:
        root: Where to begin.
        without: Names of folders that are left out, with all that is in them.
    """
    return _walk("", root, _entries(root), _DEEPEST, without)


def _walk(
    name: str, path: str, entries: Mapping[str, os.DirEntry[str]], levels: int, without: Collection[str]
) -> Iterator[tuple[str, str, Collection[str]]]:
    yield name, path, entries.keys()
    for each in sorted(entries) if levels else ():
        entry = entries[each]
        if each in without or not _can_be_package(entry):
            continue
        inside = _entries(entry.path)
        if "pyvenv.cfg" not in inside:
            below = f"{name}.{each}" if name else each
            yield from _walk(below, entry.path, inside, 0 if entry.is_symlink() else levels - 1, without)


def _can_be_package(entry: os.DirEntry[str]) -> bool:
    if entry.name.startswith("__") or not entry.name.isidentifier():
        return False
    # A link in a circle is an error to the entry, and no folder.
    return os.path.isdir(entry.path) if entry.is_symlink() else entry.is_dir()


def _entries(folder: str) -> dict[str, os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return {entry.name: entry for entry in entries}
    except OSError:
        # Not there, or not to be read.
        return {}
