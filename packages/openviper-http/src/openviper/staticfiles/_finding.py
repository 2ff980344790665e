"""Which static files a project has, and which of two with one name is meant."""

from __future__ import annotations

import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TypeAlias

from ._links import Links
from ._places import identity, shown
from .errors import StaticFilesError, naming

__all__ = ["Found", "find_files"]

#: Device and inode: what a folder is, whatever its name.
_Key: TypeAlias = tuple[int, int]
# Folders that link to each other have more names than can be counted: so much behind links is nobody's intention.
_MOST_BEHIND_LINKS = 1_000_000
# Linux follows 40 in one path.
_MOST_LINKS_IN_PATH = 30


@dataclass(slots=True)
class Found:
    """The files, and what is to be said of others."""

    #: The name below ``STATIC_URL`` -> the file.
    files: dict[str, Path] = field(default_factory=dict[str, Path])
    #: A sentence for each file that is hidden by one of an earlier folder.
    conflicts: list[str] = field(default_factory=list[str])
    #: A sentence for each thing that is skipped.
    warnings: list[str] = field(default_factory=list[str])
    _parents: dict[str, Path] = field(default_factory=dict[str, Path], repr=False)

    def add(self, name: str, path: Path) -> None:
        """Take a file in, unless one of an earlier folder stands at its name."""
        parents = [str(each) for each in PurePosixPath(name).parents][:-1]
        hiding = next((self.files[each] for each in (name, *parents) if each in self.files), self._parents.get(name))
        if hiding is not None:
            self.conflicts.append(f"{shown(name)}: {shown(hiding)} is collected, and {shown(path)} is not")
            return
        self.files[name] = path
        for each in parents:
            self._parents.setdefault(each, path)


def find_files(folders: Sequence[Path], static_root: Path) -> Found:
    """Find the files of ``folders``; of two with one name that of the earlier folder is taken, as it is served.

    Links are followed, to files and to folders, also out of the folder, as far as :class:`Links` lets them; but never
    to a folder above the link, nor into ``static_root``. Only regular files are taken: no other kind is ever opened.
    Names that begin with a dot or end with ``~``, and ``CVS``, are left out.

    Raises:
        StaticFilesError: A folder cannot be read; a link leads out of the project; there are more than a million names
            behind links, or more than 30 links in one path.
    """
    found, links = Found(), Links(folders)
    closed = frozenset({identity(static_root)})
    for folder in folders:
        if folder.is_dir():
            for name, path in sorted(_walk(folder, closed, links, found.warnings)):
                found.add(name, path)
    found.files = dict(sorted(found.files.items()))
    return found


def _walk(
    folder: Path, closed: frozenset[_Key | None], links: Links, warnings: list[str]
) -> Iterator[tuple[str, Path]]:
    real = folder.resolve()
    pending = [(folder, "", closed.union(map(identity, (real, *real.parents))), 0)]
    behind_links = 0
    # What is met by several names is told once.
    told: dict[_Key, str] = {}
    while pending:
        directory, prefix, above, depth = pending.pop()
        with naming(f"{shown(directory)} cannot be read"):
            entries = sorted(each for each in directory.iterdir() if not _is_left_out(each.name))
        behind_links += len(entries) if depth else 0
        _refuse_too_much(directory, behind_links, depth)
        for path in entries:
            mode, key = _look(path)
            if stat.S_ISREG(mode):
                links.refuse_outside(path, folder)
                yield prefix + path.name, path
            elif problem := _problem(mode, is_above=key in above):
                told.setdefault(_look(path, follow=False)[1], f"{shown(path)} {problem}; it is skipped")
            else:
                links.refuse_outside(path, folder)
                pending.append((path, f"{prefix}{path.name}/", above | {key}, depth + path.is_symlink()))
    warnings.extend(told.values())


def _refuse_too_much(directory: Path, behind_links: int, links: int) -> None:
    """Nothing is left out in silence: a page would lack it."""
    if behind_links > _MOST_BEHIND_LINKS:
        much = f"there are more than {_MOST_BEHIND_LINKS:,} files and folders behind links"
    elif links > _MOST_LINKS_IN_PATH:
        much = f"it is reached through {links} links"
    else:
        return
    raise StaticFilesError(f"{shown(directory)}: {much}; remove links of folders that lead to each other")


def _problem(mode: int, *, is_above: bool) -> str | None:
    """Say why a folder, or what is no file, is skipped."""
    if mode == 0:
        return "is a link that leads nowhere"
    if not stat.S_ISDIR(mode):
        return "is no file: a FIFO, a socket or a device"
    return "leads back to a folder above it, or to STATIC_ROOT" if is_above else None


def _look(path: Path, *, follow: bool = True) -> tuple[int, _Key]:
    """Return the mode of what ``path`` leads to, 0 for a link to nothing, and which it is."""
    with naming(f"{shown(path)} cannot be read"):
        try:
            status = path.stat(follow_symlinks=follow)
        except OSError:
            if not path.is_symlink():
                raise
            return 0, (0, 0)
    return status.st_mode, (status.st_dev, status.st_ino)


def _is_left_out(name: str) -> bool:
    return name.startswith(".") or name.endswith("~") or name == "CVS"
