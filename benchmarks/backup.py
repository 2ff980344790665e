"""What a backup and a restore cost: PostgreSQL, MariaDB, SQLite, a bucket, and what --help imports.

postgres  backup-db beside pg_dump | pigz, pg_dump | gzip and django-dbbackup; restore-db beside gunzip | psql; memory
mariadb   likewise, with MariaDB's programs
sqlite    backup-db beside django-dbbackup; restore-db beside what it is made of, each timed alone; memory
s3        the memory of backup-db into a bucket
help      what backup-db --help imports

Data is made here (backup_data.py). This folder is the first on sys.path, and hides the standard library's email and
http: import nothing that needs them.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from backup_data import rows_for
from backup_file_sections import bucket, sqlite
from backup_ours import Given
from backup_server_sections import server
from backup_servers import what_is_missing
from environment import BENCH, PYTHON, clean_environ, conditions, prepare
from report import choose, command_line, conclude, table, verdict
from server import end_servers_on_sigterm

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

__all__ = ["main"]

PACKAGES = ("openviper-core", "openviper-backup", "isal", "django", "django-dbbackup", "boto3", "moto")
ENGINE_MODULES = ("postgres", "mariadb", "sqlite", "oracle", "sqlserver")
PARTS_OF_ENGINES = tuple(f"openviper.backup._{name}" for name in ENGINE_MODULES)


def help_imports() -> str:
    command = [str(PYTHON), "-X", "importtime", str(BENCH / "bin" / "openviper"), "viperctl", "backup-db", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=clean_environ(), cwd=BENCH)
    loaded = [line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")]
    known = {f"openviper.backup.engines.{name}" for name in ENGINE_MODULES}
    found = [name for name in loaded if name in known or name.startswith(PARTS_OF_ENGINES)]
    bar = ["`openviper viperctl backup-db --help` imports no engine's module", ", ".join(found) or "none"]
    return table(["bar", "measured", ""], [[*bar, verdict(held=not found)]])


SECTIONS: dict[str, Callable[[Given], str]] = {
    "postgres": lambda given: server("postgres", given),
    "mariadb": lambda given: server("mariadb", given),
    "sqlite": sqlite,
    "s3": bucket,
    "help": lambda _: help_imports(),
}
TITLES = {"postgres": "PostgreSQL", "mariadb": "MariaDB", "sqlite": "SQLite", "s3": "S3", "help": "Imports"}


def arguments() -> argparse.Namespace:
    parser = command_line(__doc__, SECTIONS)
    parser.add_argument("--megabytes", type=int, default=320, help="of a dump, about (default 320)")
    parser.add_argument("--rounds", type=int, default=5, help="rounds, of which the medians are taken (default 5)")
    given = parser.parse_args()
    given.names = choose(parser, given.only, SECTIONS)
    if given.rounds < 1 or given.megabytes < 1:
        parser.error("--rounds and --megabytes: at least 1")
    if given.write and (given.only or given.rounds < 3 or given.megabytes < 300):
        parser.error("--write wants all sections, 3 rounds and 300 megabytes at least: one whole run")
    return given


def main() -> None:
    given = arguments()
    skip = {name: why for name in given.names if (why := what_is_missing(name))}
    if skip and given.write:
        print(f"nothing will be published: {'; '.join(skip.values())}", file=sys.stderr)
        given.write = False
    end_servers_on_sigterm()
    prepare(local=True)
    parts = [conditions(PACKAGES)]
    # /tmp may be memory, /var/tmp is not.
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="backup-") as name:
        folder = Path(name)
        # Servers read the rows as somebody else.
        folder.chmod(0o755)
        asked = Given(folder, rows_for(given.megabytes, folder), given.rounds)
        for each in given.names:
            section = f"skipped: {skip[each]}" if each in skip else SECTIONS[each](asked)
            parts.append(f"### {TITLES[each]}\n\n{section}")
    conclude("backup", "\n\n".join(parts), write=given.write)


if __name__ == "__main__":
    main()
