"""The folder that static files are collected into, and what it must not be."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from openviper.conf import settings
from openviper.core.imports import locate
from openviper.core.projects import find_settings, project_root, search_folder, settings_root

from ._places import holds, in_project, shown
from .errors import StaticFilesError

__all__ = ["refuse_unsafe", "static_root"]

# Of the Filesystem Hierarchy Standard; not /mnt, /opt and /srv, which may be what a container collects into.
_OF_THE_SYSTEM = ("bin", "boot", "dev", "etc", "home", "lib", "proc", "run", "sbin", "sys", "tmp", "usr", "var")
_REPOSITORIES = {".git", ".hg", ".svn"}


def static_root() -> Path:
    """Return ``STATIC_ROOT``, absolute and without links; it need not be there yet.

    Raises:
        StaticFilesError: It is not set, or is no folder.
    """
    given = settings.STATIC_ROOT
    if given is None or given == "":
        raise StaticFilesError(
            "STATIC_ROOT is not set; expected the folder that static files are collected into: "
            "set it in the project's settings class, or OPENVIPER_STATIC_ROOT"
        )
    path = in_project(given)
    try:
        root = path.resolve()
        is_link_to_nothing = path.is_symlink() and not path.exists()
        is_other = root.exists() and not root.is_dir()
    except (OSError, ValueError, RuntimeError) as error:
        # A loop of links, a null byte, a name that is too long.
        raise StaticFilesError(f"STATIC_ROOT={str(given)!r} cannot be used: {error}") from error
    if is_link_to_nothing:
        raise StaticFilesError(f"STATIC_ROOT={str(given)!r} is a link to {shown(root)}, which is not there; make it")
    if is_other:
        raise StaticFilesError(f"STATIC_ROOT={str(given)!r} is {shown(root)}, which is no folder; expected one")
    return root


def refuse_unsafe(root: Path, sources: Sequence[Path]) -> None:
    """Refuse a ``STATIC_ROOT`` that is no folder of its own: files would be overwritten in it, and removed from it.

    Raises:
        StaticFilesError: It holds the project, its settings, the home folder, one of the system or one of static files,
            or stands in a folder of static files or in a repository.
    """
    expected = "expected a folder that holds collected files alone, such as 'staticfiles'"
    for what, path in _protected(sources):
        if holds(root, path):
            raise StaticFilesError(f"STATIC_ROOT={shown(root)} holds {what}, {shown(path)}; {expected}")
    if kept := _REPOSITORIES.intersection(root.parts):
        raise StaticFilesError(f"STATIC_ROOT={shown(root)} stands in a repository, {min(kept)}; {expected}")
    for source in sources:
        if holds(source, root):
            raise StaticFilesError(
                f"STATIC_ROOT={shown(root)} stands in a folder of static files, {shown(source)}; {expected}"
            )


def _protected(sources: Sequence[Path]) -> Iterator[tuple[str, Path]]:
    yield "the project", Path(project_root())
    found = find_settings(search_folder())
    if found is not None:
        module = found.module_name
        location = locate(module, [settings_root(found).path]) or locate(module)
        if location is not None and location.file is not None:
            yield "the project's settings", Path(location.file)
    # Nobody's home is known in some containers.
    with suppress(RuntimeError):
        yield "the home folder", Path.home()
    for name in _OF_THE_SYSTEM:
        yield "a folder of the system", Path("/", name)
    yield "the environment of this Python", Path(sys.prefix)
    for source in sources:
        yield "a folder of static files", source
