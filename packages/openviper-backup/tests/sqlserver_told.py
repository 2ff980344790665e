"""What tests of SQL Server have in common: a database, its backup, and what the program was told."""

from __future__ import annotations

import re

from openviper.backup.backup import backup_database

__all__ = ["IF_ONLINE", "NAME", "TEXT", "URL", "backed_up", "statements"]

URL = "mssql+pyodbc://ada:hunter%402'@db.example/my%20%5Dshop'?TrustServerCertificate=yes&Encrypt=yes&driver=x"
NAME = "[my ]]shop']"
TEXT = "N'my ]shop'''"
IF_ONLINE = f"IF EXISTS (SELECT 1 FROM sys.databases WHERE name = {TEXT} AND state_desc = N'ONLINE')"


def statements(stubs) -> list[str]:
    """What was told, with the names of files as ``FILE``."""
    return [re.sub(r"N'[^;]*?/openviper_[0-9a-f]{16}\.bak'", "FILE", call["arguments"][-1]) for call in stubs.calls()]


async def backed_up(shared) -> str:
    return (await backup_database(URL, "kept", server_folder=shared)).location
