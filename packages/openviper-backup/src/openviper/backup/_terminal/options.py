"""Options that several commands have."""

from __future__ import annotations

import click

__all__ = [
    "alias",
    "db",
    "identity_file",
    "json",
    "maintenance_db",
    "no_acl",
    "no_owner",
    "no_verify_trailer",
    "server_folder",
    "skip_definer",
    "timeout",
]

db = click.option(
    "--db",
    metavar="URL",
    help="The database, instead of the project's DATABASES['default']['OPTIONS']['URL']. Other users of this machine "
    "can read it, with its password, while the command runs.",
)
alias = click.option("--alias", metavar="NAME", help="The project's DATABASES[NAME], instead of DATABASES['default'].")
json = click.option("--json", "is_json", is_flag=True, help="Print what was done as JSON.")
timeout = click.option(
    "--timeout", type=click.FloatRange(min=0, min_open=True), metavar="SECONDS", help="Give up after so long."
)
identity_file = click.option(
    "--identity-file",
    metavar="FILE",
    help="The file with the age identity that decrypts the backup; by default $AGE_IDENTITY_FILE.",
)
no_verify_trailer = click.option(
    "--no-verify-trailer", is_flag=True, help="Accept a dump without the line with which a complete one ends."
)
maintenance_db = click.option(
    "--maintenance-db", metavar="NAME", help="PostgreSQL: the database to connect to while others are made and renamed."
)
no_owner = click.option("--no-owner", is_flag=True, help="PostgreSQL: everything belongs to the role that restores.")
no_acl = click.option(
    "--no-acl", is_flag=True, help="PostgreSQL: without the dump's grants; those of the database itself stay."
)
skip_definer = click.option(
    "--skip-definer",
    is_flag=True,
    help="MariaDB, MySQL: routines, triggers, views and events run as the user who restores.",
)
server_folder = click.option(
    "--server-dir",
    "server_folder",
    metavar="DIR",
    help="Oracle, SQL Server: a folder that the database server and this machine share under this path.",
)
