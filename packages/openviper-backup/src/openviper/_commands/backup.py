"""The commands of ``openviper viperctl`` that openviper-backup brings; data only."""

from __future__ import annotations

from openviper.core.commands import LazyCommand

__all__ = ["COMMANDS"]

COMMANDS = (
    LazyCommand("backup-db", "openviper.backup.commands:backup_db", "Back a database up into an archive.", "dot"),
    LazyCommand(
        "list-backups",
        "openviper.backup.retention_commands:list_backups_command",
        "List the backups of a folder.",
        "dot",
    ),
    LazyCommand(
        "prune-backups",
        "openviper.backup.retention_commands:prune_backups_command",
        "Remove the backups of a folder that need not be kept.",
        "dot",
    ),
    LazyCommand("restore-db", "openviper.backup.commands:restore_db", "Restore a database from a backup.", "none"),
    LazyCommand("verify-db", "openviper.backup.commands:verify_db", "Restore a backup to nowhere, and count.", "none"),
)
