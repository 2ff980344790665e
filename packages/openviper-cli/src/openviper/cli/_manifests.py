"""Which installed distributions have a manifest of commands: the entry points of the group ``openviper.commands``.

``importlib.metadata`` knows them, and its import alone takes longer than the rest of ``viperctl --help``, which reads
``entry_points.txt`` itself (https://packaging.python.org/specifications/entry-points/). Where something else than
folders is on ``sys.path``, or another finder knows distributions, it asks ``importlib.metadata`` all the same.
"""

# pathlib would take longer than the reading.
# ruff: noqa: PTH110, PTH112, PTH118, PTH208

from __future__ import annotations

import os
import sys
from importlib.machinery import PathFinder
from stat import S_ISREG
from typing import TYPE_CHECKING, NamedTuple

from openviper.cli._failure_lines import failure_line
from openviper.core.entrypoints import normal_name
from openviper.core.terminal_text import harmless_line

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["GROUP", "Broken", "Installed", "Manifest", "installed_manifests"]

GROUP = "openviper.commands"
# Of a file that names entry points, in bytes: 1 MiB.
_LONGEST = 1 << 20


class Manifest(NamedTuple):
    """Where a distribution's commands are described."""

    distribution: str
    #: ``module:attribute``.
    value: str


class Broken(NamedTuple):
    """A distribution whose commands cannot be used, or not all of them."""

    distribution: str
    #: A line.
    reason: str
    #: ``False``: some of them can be used.
    is_left_out: bool = True

    @property
    def sentence(self) -> str:
        """The same for a warning."""
        are_left_out = " are left out" if self.is_left_out else ""
        return f"the commands of {self.distribution}{are_left_out}: {self.reason}"


class Installed(NamedTuple):
    """What is installed, as far as commands go."""

    #: Sorted by distribution.
    manifests: list[Manifest]
    #: What keeps others from being known.
    broken: list[Broken]
    #: The distributions, with or without a manifest; lower-case, with hyphens.
    distributions: set[str]


def installed_manifests() -> Installed:
    """Find the manifests; nothing is imported."""
    manifests: list[Manifest] = []
    broken: list[Broken] = []
    seen: set[str] = set()
    folders = _plain_folders()
    for name, content in _ask_importlib(seen) if folders is None else _read_folders(folders, seen):
        try:
            manifests += [Manifest(name, value) for value in _values(content)]
        except ValueError as error:
            broken.append(Broken(name, f"its entry_points.txt cannot be read: {failure_line(error)}"))
    return Installed(sorted(manifests), broken, seen)


def _plain_folders() -> list[str] | None:
    """Return what is on ``sys.path``; ``None``: not all of it are folders that can simply be looked into."""
    if any(hasattr(finder, "find_distributions") and finder is not PathFinder for finder in sys.meta_path):
        return None
    # As imports do: what is no text there is passed over.
    named = (each or os.curdir for each in sys.path if isinstance(each, str))  # pyright: ignore[reportUnnecessaryIsInstance]
    present = [path for path in named if os.path.exists(path)]
    if any(path.lower().endswith(".egg") or not os.path.isdir(path) for path in present):
        return None
    return present


def _read_folders(folders: list[str], seen: set[str]) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the ``entry_points.txt`` of each distribution with the group; ``seen`` takes them all."""
    for folder in folders:
        for metadata in _metadata_folders(folder):
            stem = metadata.rpartition(".")[0].partition("-")[0]
            # As importlib.metadata: of two with one name, the first on the path is the installed one.
            name = normal_name(stem)
            if name in seen:
                continue
            seen.add(name)
            content = _content(os.path.join(folder, metadata, "entry_points.txt"))
            if GROUP.encode() in content:
                yield _name_in(os.path.join(folder, metadata)) or harmless_line(stem), content


def _metadata_folders(folder: str) -> list[str]:
    try:
        return sorted(each for each in os.listdir(folder) if each.lower().endswith((".dist-info", ".egg-info")))
    except OSError:
        return []


def _content(path: str) -> bytes:
    # Each of a few hundred distributions is asked; open() would make twice as many system calls.
    try:
        # A pipe in its place would be waited for.
        number = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return b""
    try:
        status = os.fstat(number)
        return os.read(number, min(status.st_size, _LONGEST)) if S_ISREG(status.st_mode) else b""
    except OSError:
        return b""
    finally:
        os.close(number)


def _name_in(metadata: str) -> str | None:
    content = _content(os.path.join(metadata, "METADATA")) or _content(os.path.join(metadata, "PKG-INFO"))
    for line in content.splitlines():
        key, _, value = line.partition(b":")
        if not line or (key.lower() == b"name" and value.strip()):
            # The description follows an empty line.
            return harmless_line(value.strip().decode(errors="replace")) or None
    return None


def _values(content: bytes) -> list[str]:
    """Return the values of the group's entries.

    Raises:
        ValueError: A line of the group is no entry, or the file is not UTF-8.
    """
    values: list[str] = []
    inside = False
    for number, line in enumerate(content.decode().splitlines(), start=1):
        text = line.strip()
        if text.startswith("[") and text.endswith("]"):
            inside = text.strip("[]").strip() == GROUP
        elif inside and text and not text.startswith("#"):
            name, equals, value = text.partition("=")
            if not (equals and name.strip()):
                raise ValueError(f"line {number} is {text!r}, not name = module:attribute")
            values.append(value.strip())
    return values


def _ask_importlib(seen: set[str]) -> Iterator[tuple[str, bytes]]:
    # 20 ms, for the rare environment that needs it.
    from openviper.core.entrypoints import has_endless, installed_distributions  # noqa: PLC0415

    for name, distribution in installed_distributions():
        seen.add(normal_name(name))
        try:
            is_endless = has_endless(distribution, "entry_points.txt")
            content = b"" if is_endless else (distribution.read_text("entry_points.txt") or "").encode()
        except Exception:
            # Damaged, by whoever made it; nobody can say that it has to do with commands.
            content = b""
        if GROUP.encode() in content:
            yield harmless_line(name), content
