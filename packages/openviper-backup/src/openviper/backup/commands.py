"""The commands ``backup-db``, ``restore-db`` and ``verify-db`` of ``openviper viperctl``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

import click

from openviper.backup._terminal import options as shared
from openviper.backup._terminal.asking import asker
from openviper.backup._terminal.configured import chosen_url, target_url
from openviper.backup._terminal.every import back_up_all
from openviper.backup._terminal.latest import file_or_latest
from openviper.backup._terminal.reports import (
    as_json,
    report_backup,
    report_restore,
    report_settled,
    report_verified,
    say_json,
)
from openviper.backup._terminal.running import run_to_end
from openviper.backup.backup import backup_database
from openviper.backup.restore import restore_database
from openviper.backup.results import BackupResult, RestoreResult, VerifyResult
from openviper.backup.resume import resume_restore
from openviper.backup.url import parse_url
from openviper.backup.verify import verify_backup

__all__ = ["backup_db", "restore_db", "verify_db"]

T = TypeVar("T", BackupResult, RestoreResult, VerifyResult)
Proved = TypeVar("Proved", RestoreResult, VerifyResult)

_NEVER_RUN = "Oracle and SQL Server: command construction tested, never run against a server."


@click.command(epilog=_NEVER_RUN)
@click.option("--path", metavar="DIR", default="./backup", show_default=True, help="The folder, or s3://bucket/prefix.")
@click.option("--name", help="In the file's name instead of the database's; a time stamp always follows.")
@shared.db
@shared.alias
@click.option("--compress/--no-compress", default=True, show_default=True, help="Without: a plain .sql.")
@click.option(
    "--fast", is_flag=True, help="Compress with ISA-L instead of zlib: faster, a little larger (the extra fast)."
)
@click.option(
    "--count-rows",
    is_flag=True,
    help="SQLite, PostgreSQL, MariaDB, MySQL: record how many rows each table has, for verify-db to compare.",
)
@click.option(
    "--encrypt",
    multiple=True,
    metavar="RECIPIENT",
    help="Encrypt with age for age1... or an SSH public key; may be repeated (the extra age).",
)
@click.option("--all-databases", is_flag=True, help="Each of the project's DATABASES, named by its alias.")
@click.option("--globals", "globals_file", metavar="FILE", help="PostgreSQL: write roles and tablespaces to FILE too.")
@shared.server_folder
@shared.timeout
@shared.json
def backup_db(db: str | None, alias: str | None, all_databases: bool, is_json: bool, **options: Any) -> None:
    """Back a database up into an archive, and read that back before it gets its name.

    Exits with 1 where it cannot, and nothing of it remains.
    """
    if options["fast"] and not options["compress"]:
        raise click.UsageError("--fast and --no-compress are given: expected one of them")
    if all_databases:
        one = {"--db": db, "--alias": alias, "--name": options["name"], "--globals": options["globals_file"]}
        for name in (name for name, value in one.items() if value is not None):
            raise click.UsageError(f"{name} is for one database, and --all-databases is given: expected one of them")
        back_up_all(options, is_json=is_json)
        return
    url = chosen_url(db, alias)
    result = run_to_end(
        lambda line: backup_database(url, **options, on_progress=line), outcome="nothing of the backup remains"
    )
    _tell(result, partial(report_backup, database=str(parse_url(url))), is_json=is_json)


@click.command(epilog=_NEVER_RUN)
@file_or_latest
@shared.db
@shared.alias
@click.option("--force", is_flag=True, help="Replace the data of the target without asking.")
@click.option("--skip-checksum", is_flag=True, help="Restore a file that is not what its sidecar says.")
@shared.identity_file
@click.option("--keep-old", is_flag=True, help="SQLite, PostgreSQL, MariaDB, MySQL: keep the old data beside the new.")
@click.option(
    "--in-place",
    is_flag=True,
    help="PostgreSQL, MariaDB, MySQL: load into the target itself; a failure leaves it loaded in part.",
)
@shared.no_verify_trailer
@click.option("--no-analyze", is_flag=True, help="PostgreSQL: without ANALYZE before the swap.")
@shared.maintenance_db
@shared.no_owner
@shared.no_acl
@click.option(
    "--skip-setting",
    "skip_settings",
    multiple=True,
    metavar="NAME",
    help="PostgreSQL: a setting of the old database that need not be kept; may be repeated.",
)
@shared.skip_definer
@click.option("--resume", is_flag=True, help="MariaDB, MySQL: finish a restore that was killed while it swapped.")
@click.option("--undo", is_flag=True, help="MariaDB, MySQL: put the old data back after such a restore.")
@shared.server_folder
@shared.timeout
@shared.json
def restore_db(
    file: str,
    db: str | None,
    alias: str | None,
    is_json: bool,
    notes: tuple[str, ...],
    resume: bool,
    undo: bool,
    **options: Any,
) -> None:
    """Restore a database from a backup.

    FILE is a .tar.gz or .sql, for SQLite also the database itself, each also encrypted with age, or s3://bucket/key.

    It is read to its end and loaded beside the live data, which it replaces only then; without --force a target that
    holds data is asked about. Exits with 1 where it cannot, and the target is as it was.
    """
    if resume and undo:
        raise click.UsageError("--resume and --undo are given: expected one of them")
    if options["keep_old"] and options["in_place"]:
        raise click.UsageError(
            "--keep-old and --in-place are given: expected one of them; --in-place leaves no old data"
        )
    url = chosen_url(db, alias)
    if resume or undo:
        _refuse_others("--undo" if undo else "--resume", options)
        settled = _settle(file, url, options["timeout"], undo=undo)
        _tell(settled, partial(report_settled, undo=undo), is_json=is_json)
    else:
        _tell(_noted(_restore(file, url, **options), notes), report_restore, is_json=is_json)


def _refuse_others(way: str, options: Mapping[str, Any]) -> None:
    """Refuse what only a restore can be told: one that was killed goes on as it had begun."""
    for each in restore_db.params:
        if options.get(str(each.name)) and each.name not in ("force", "timeout"):
            raise click.UsageError(f"{each.opts[0]} is not for {way}, which goes on with a restore as it was begun")


def _restore(file: str, url: str, *, no_verify_trailer: bool, no_analyze: bool, **options: Any) -> RestoreResult:
    outcome = "the target may be loaded in part (--in-place)" if options["in_place"] else "the target is as it was"
    return run_to_end(
        lambda line: restore_database(
            file,
            url,
            **options,
            verify_trailer=not no_verify_trailer,
            analyze=not no_analyze,
            confirm=asker(),
            on_progress=line,
        ),
        outcome=outcome,
    )


def _settle(file: str, url: str, timeout: float | None, *, undo: bool) -> RestoreResult:
    return run_to_end(
        lambda line: resume_restore(file, url, undo=undo, timeout=timeout, on_progress=line),
        outcome="what it was to finish is not finished; run it again",
    )


@click.command()
@file_or_latest
@shared.db
@shared.alias
@click.option("--skip-checksum", is_flag=True, help="Go on with a file that is not what its sidecar says.")
@shared.identity_file
@shared.no_verify_trailer
@shared.maintenance_db
@shared.no_owner
@shared.no_acl
@shared.skip_definer
@shared.timeout
@shared.json
def verify_db(
    file: str,
    db: str | None,
    alias: str | None,
    is_json: bool,
    notes: tuple[str, ...],
    no_verify_trailer: bool,
    **options: Any,
) -> None:
    """Restore a backup to a place of its own, count its rows, and take that away again.

    FILE is as for restore-db. The place is a new database on the server of --db, where nothing else is touched; for
    SQLite a folder beside the database or the backup, else in TMPDIR. The counts are compared with those of backup-db
    --count-rows. Not for Oracle and SQL Server.
    """
    # A backup of SQLite needs no database, and says itself that it is one.
    url = partial(target_url, None) if db is None and alias is None else chosen_url(db, alias)
    result = run_to_end(
        lambda line: verify_backup(file, url, **options, verify_trailer=not no_verify_trailer, on_progress=line),
        outcome="nothing was verified, and nothing of it remains",
    )
    _tell(_noted(result, notes), report_verified, is_json=is_json)


def _noted(result: Proved, notes: tuple[str, ...]) -> Proved:
    return replace(result, notes=(*notes, *result.notes))


def _tell(result: T, report: Callable[[T], None], *, is_json: bool) -> None:
    if is_json:
        say_json(as_json(result))
    else:
        report(result)
