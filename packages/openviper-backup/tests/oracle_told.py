"""What tests of Oracle have in common: a schema, its backup, and what the programs were told."""

from __future__ import annotations

import re

from openviper.backup.backup import backup_database

__all__ = ["URL", "USERID", "backed_up", "told"]

URL = "oracle+oracledb://shop:hunter%402'@db.example/?service_name=FREEPDB1&directory=BACKUPS"
USERID = """USERID=shop/"hunter@2'"@//db.example:1521/FREEPDB1"""


def told(stubs) -> list[list[str]]:
    """The program and its parameters, with the names of files and jobs as ``NAME``."""
    return [
        [call["name"], *(re.sub(r"(?i)openviper_[0-9a-f]+", "NAME", line) for line in call["parameters"])]
        for call in stubs.calls()
    ]


async def backed_up(shared) -> str:
    return (await backup_database(URL, "kept", server_folder=shared)).location
