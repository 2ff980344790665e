"""Copying the project's static files into ``STATIC_ROOT``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from openviper.conf import settings

from ._finding import Found, find_files
from ._locking import locked
from ._naming import name_outputs
from ._places import in_project, missing_apps, shown, source_folders
from ._project_name import project_name
from ._record import RECORD, Record, Recorded, read_record, record_output, refuse_foreign
from ._removing import remove_files, sort_out
from ._staging import Staging, staging
from ._standing import Standing, look_at, refuse_strangers, some
from ._static_root import refuse_unsafe, static_root
from ._targets import refuse_blocked, refuse_unwritable
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
    #: The names of the files of ``root`` that this takes, each with what it is made of; ``None``: the manifest.
    written: dict[str, Path | None]
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
    #: What is to be published, each with what stands at its place.
    changed: list[Standing]
    #: What earlier runs have recorded; ``None``: there is no record.
    known: Recorded | None
    #: What is to be recorded beside what is published, and whose it is.
    kept: Recorded
    result: Collected

    @property
    def before(self) -> Record:
        """The files that earlier runs have recorded."""
        return self.known.files if self.known else {}

    @property
    def is_done(self) -> bool:
        """There is nothing to do."""
        return not self.changed and not self.result.removed and self.kept == self.known


def collect(
    *, clear: bool = False, dry_run: bool = False, overwrite: bool = False, confirm: Confirm | None = None
) -> Collected:
    """Copy ``STATICFILES_DIRS`` and the apps' ``static/`` into ``STATIC_ROOT``, and return what was done.

    All of it is written beside its place before the first file is moved there, in one step each. A file that is there
    already, with the same content, is left alone. With ``STATIC_HASHED`` each has a copy under a name with a hash, and
    ``staticfiles.json`` says which.

    Args:
        clear: Remove afterwards what an earlier run had published and this one does not.
        dry_run: Change nothing.
        overwrite: Replace files that no earlier run has published too, and record them.
        confirm: Asked before anything is changed, where files would be removed.

    Raises:
        StaticFilesError: It cannot be done, or ``confirm`` says no. Before the first file is moved, what was there is
            still there; a disk that fails later leaves those before it at their places, and the next run goes on.
    """
    root = static_root()
    try:
        if clear:
            _refuse_missing()
        folders = source_folders(warn=not clear)
        refuse_unsafe(root, folders)
        with nullcontext(True) if dry_run else locked(root) as is_locked:
            plan = _plan(root, folders, clear=clear, overwrite=overwrite)
            if dry_run:
                return plan.result
            if plan.result.removed and confirm is not None and not confirm(plan.result):
                raise StaticFilesError(f"nothing was collected into {shown(root)}: the answer was no")
            return plan.result if plan.is_done else _carry_out(plan, is_locked=is_locked)
    except OSError as error:
        # A folder that may not be searched; what is read or written names itself.
        raise StaticFilesError(f"{shown(error.filename or root)} cannot be used: {error.strerror}") from error


def _plan(root: Path, folders: Sequence[Path], *, clear: bool, overwrite: bool) -> _Plan:
    known, project = read_record(root), project_name()
    if clear:
        refuse_foreign(root, known, project)
    record: Record = known.files if known else {}
    found = find_files(folders, root)
    warnings = [*_missing_folders(" is skipped"), *found.warnings]
    outputs = name_outputs(found, warnings)
    refuse_blocked(root, [each.name for each in outputs])
    standing = [look_at(root, each, record) for each in outputs]
    changed = _changed(root, standing, warnings, overwrite=overwrite)
    left = record.keys() - {each.name for each in outputs}
    removed = _removed(root, record, left, warnings) if clear else []
    kept = {} if clear else {name: record[name] for name in left}
    kept |= {each.output.name: frozenset({each.digest}) for each in standing if each.is_own and each.is_same}
    result = _result(root, found, changed, removed, warnings)
    plan = _Plan(changed, known, _recorded(kept, known, project), result)
    if not plan.is_done:
        refuse_unwritable(root, [RECORD, *(each.output.name for each in changed), *removed])
    return plan


def _result(
    root: Path, found: Found, changed: Sequence[Standing], removed: list[str], warnings: list[str]
) -> Collected:
    outputs = [each.output for each in changed]
    collected = {each.made_of: each.path for each in outputs if each.made_of}
    written = {each.name: each.path if each.made_of else None for each in outputs}
    return Collected(root, collected, written, len(found.files) - len(collected), removed, found.conflicts, warnings)


def _recorded(files: Record, before: Recorded | None, project: str) -> Recorded:
    """Return the record of files that this project is one of the owners of."""
    projects = before.projects if before else frozenset[str]()
    return Recorded(files, projects | {project} if project else projects)


def _removed(root: Path, record: Record, names: Iterable[str], warnings: list[str]) -> list[str]:
    """Return what is to be removed."""
    removed, strange = sort_out(root, record, names)
    warnings += [f"{shown(root / name)} stays: it is not what collectstatic has put there" for name in strange]
    return removed


def _changed(root: Path, standing: Sequence[Standing], warnings: list[str], *, overwrite: bool) -> list[Standing]:
    """Return what is to be published."""
    if overwrite:
        return [each for each in standing if not each.is_same or each.is_strange]
    refuse_strangers(root, standing)
    if strange := [each.output.name for each in standing if each.is_strange]:
        warnings.append(
            f"{some(strange)} stood in {shown(root)} with the same content, and not by collectstatic: left alone and "
            "not recorded; --overwrite takes over"
        )
    return [each for each in standing if not each.is_same]


def _missing_folders(then: str = "") -> Iterator[str]:
    for index, given in enumerate(settings.STATICFILES_DIRS):
        folder = in_project(given)
        if not folder.is_dir():
            yield f"STATICFILES_DIRS[{index}]={str(given)!r}{then}: there is no folder {shown(folder)}"


def _refuse_missing() -> None:
    """What is missing by mistake would be removed."""
    if missing := [*_missing_folders(), *missing_apps()]:
        raise StaticFilesError(
            f"--clear removes nothing while a source is missing: {'; '.join(missing)}; correct it, or collect without "
            "--clear"
        )


def _carry_out(plan: _Plan, *, is_locked: bool) -> Collected:
    result, known = plan.result, plan.before
    with staging(result.root, is_locked=is_locked) as files:
        new = {each.output.name: frozenset({files.add(each.output)}) for each in plan.changed}
        # Recorded before they are there: a run that is killed half-way leaves nothing that nobody owns.
        both = {name: known.get(name, frozenset()) | new.get(name, frozenset()) for name in known.keys() | new.keys()}
        during = replace(plan.kept, files=both)
        _write_record(files, during, plan.known)
        files.publish(new, {each.output.name: each.seen for each in plan.changed})
        removed = remove_files(result.root, known, result.removed)
        _write_record(files, replace(plan.kept, files={**plan.kept.files, **new}), during)
    return replace(result, removed=removed)


def _write_record(files: Staging, record: Recorded, before: Recorded | None) -> None:
    if record != before:
        files.add(record_output(record))
        files.publish([RECORD])
