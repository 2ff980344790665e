"""Copying the project's static files into ``STATIC_ROOT``."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from openviper._settings.http import HttpSettings
from openviper.conf import section, settings

from ._finding import Found, find_files
from ._hashing import hash_files
from ._locking import locked
from ._manifest import MANIFEST, manifest_bytes
from ._outputs import Output, is_there
from ._places import in_project, shown, source_folders
from ._record import own_files, read_record, record_output, refuse_foreign, remove_files
from ._staging import refuse_blocked, staging
from ._static_root import refuse_unsafe, static_root
from .errors import StaticFilesError

__all__ = ["Collected", "collect"]

#: Given what would be done, tells whether to do it.
Confirm = Callable[["Collected"], bool]


@dataclass(frozen=True, slots=True)
class Collected:
    """What was done, or would be."""

    root: Path
    #: The names of the static files that were new or different, each with its file.
    collected: dict[str, Path]
    #: How many were there already.
    unchanged: int
    #: Files of ``root`` that an earlier run had put there.
    removed: list[str]
    #: A sentence for each file that is hidden by another.
    conflicts: list[str]
    #: A sentence for each thing that is skipped, or missing.
    warnings: list[str]


@dataclass(frozen=True, slots=True)
class _Plan:
    outputs: list[Output]
    #: Those that are not there yet, or differ.
    changed: list[Output]
    #: The names that an earlier run has recorded; ``None``: there is no record.
    known: frozenset[str] | None
    result: Collected


def collect(*, clear: bool = False, dry_run: bool = False, confirm: Confirm | None = None) -> Collected:
    """Copy ``STATICFILES_DIRS`` and the apps' ``static/`` into ``STATIC_ROOT``, and return what was done.

    All of it is written beside its place before the first file is moved there, in one step each. A file that is there
    already, with the same content, is left alone. With ``STATIC_HASHED`` each has a copy under a name with a hash, and
    ``staticfiles.json`` says which.

    Args:
        clear: Remove afterwards what an earlier run had put there and this one does not.
        dry_run: Change nothing.
        confirm: Asked before anything is changed.

    Raises:
        StaticFilesError: It cannot be done, or ``confirm`` says no. What was there is still there.
    """
    root = static_root()
    try:
        return _collect(root, clear=clear, dry_run=dry_run, confirm=confirm)
    except OSError as error:
        # A folder that may not be searched; what is read or written names itself.
        raise StaticFilesError(f"{shown(error.filename or root)} cannot be used: {error.strerror}") from error


def _collect(root: Path, *, clear: bool, dry_run: bool, confirm: Confirm | None) -> Collected:
    folders = source_folders(warn=True)
    refuse_unsafe(root, folders)
    with nullcontext() if dry_run else locked(root):
        known = read_record(root)
        if clear:
            refuse_foreign(root, known)
        plan = _plan(root, find_files(folders, root), known, clear=clear)
        if not dry_run:
            if confirm is not None and not confirm(plan.result):
                raise StaticFilesError(f"nothing was collected into {shown(root)}: the answer was no")
            _carry_out(plan, clear=clear)
        return plan.result


def _plan(root: Path, found: Found, known: frozenset[str] | None, *, clear: bool) -> _Plan:
    warnings = [*_missing_folders(), *found.warnings]
    outputs = _outputs(found, warnings)
    names = {each.name for each in outputs}
    refuse_blocked(root, names)
    changed = [each for each in outputs if not is_there(root, each)]
    collected = {each.made_of: each.path for each in changed if each.made_of}
    removed = own_files(root, (known or frozenset()) - names) if clear else []
    result = Collected(root, collected, len(found.files) - len(collected), removed, found.conflicts, warnings)
    return _Plan(outputs, changed, known, result)


def _outputs(found: Found, warnings: list[str]) -> list[Output]:
    if not section(HttpSettings).STATIC_HASHED:
        return [Output(name, name, path) for name, path in found.files.items()]
    if hidden := found.files.pop(MANIFEST, None):
        warnings.append(f"{shown(hidden)} is skipped: the manifest of hashed names stands there")
    hashed = hash_files(found.files, settings.STATIC_URL)
    warnings += hashed.warnings
    # The plain names too: scripts import each other by them. The manifest is last: it names what is there then.
    plain = [replace(each, name=each.made_of, content=None) for each in hashed.outputs]
    return [*plain, *hashed.outputs, Output(MANIFEST, "", Path(MANIFEST), content=manifest_bytes(hashed.names))]


def _missing_folders() -> Iterator[str]:
    for index, given in enumerate(settings.STATICFILES_DIRS):
        folder = in_project(given)
        if not folder.is_dir():
            yield f"STATICFILES_DIRS[{index}]={str(given)!r} is skipped: there is no folder {shown(folder)}"


def _carry_out(plan: _Plan, *, clear: bool) -> None:
    root, names = plan.result.root, {each.name for each in plan.outputs}
    before = plan.known or frozenset()
    after = names if clear else before | names
    if not plan.changed and plan.known == after:
        return
    with staging(root) as files:
        # Recorded before they are there: a run that is killed half-way leaves nothing that nobody owns.
        fresh = {each.name for each in plan.changed if not os.path.lexists(root / each.name)}
        files.add(record_output(before | fresh))
        for output in plan.changed:
            files.add(output)
        files.publish()
        remove_files(root, plan.result.removed)
        files.add(record_output(after))
        files.publish()
