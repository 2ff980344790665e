"""Versions of PostgreSQL's programs, as they were written over the years."""

from __future__ import annotations

import pytest

from openviper.backup._postgres.connection import connection_of
from openviper.backup._postgres.queries import Session
from openviper.backup._postgres.versions import Version, check_version, server_version, tool_version
from openviper.backup.errors import ToolMissing
from openviper.backup.job import Job
from openviper.backup.process import Tool
from openviper.backup.url import parse_url


def saying(folder, text) -> Tool:
    """A program that says a version."""
    (folder / "pg_dump").write_text(f"#!/bin/sh\necho '{text}'\n")
    (folder / "pg_dump").chmod(0o755)
    return Tool(str(folder / "pg_dump"), "pg_dump")


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ("pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", Version(15, 18)),
        ("pg_dump (PostgreSQL) 9.6.24", Version(9, 6)),
        ("pg_dump (PostgreSQL) 18beta1", Version(18, 0)),
        ("pg_dump (PostgreSQL) 19devel", Version(19, 0)),
        ("pg_dump (EnterpriseDB) (PostgreSQL) 17.2", Version(17, 2)),
    ],
)
def test_a_version_is_read(tmp_path, said, version):
    """Each row: what a program says, and what that is."""
    with Job(60) as job:
        assert tool_version(saying(tmp_path, said), job) == version


@pytest.mark.parametrize(
    ("tool", "server", "is_old"),
    [
        ("15.1", Version(15, 18), False),
        ("16.0", Version(15, 18), False),
        ("14.22", Version(15, 0), True),
        ("9.6.24", Version(10, 0), True),
        ("9.6.24", Version(9, 6), False),
        ("9.5.1", Version(9, 6), True),
    ],
)
def test_a_program_dumps_servers_that_are_not_newer(tmp_path, tool, server, is_old):
    """A release counts, and not its corrections."""
    with Job(60) as job:
        program = saying(tmp_path, f"pg_dump (PostgreSQL) {tool}")
        if is_old:
            with pytest.raises(ToolMissing, match="cannot dump a newer server"):
                check_version(program, server, job)
        else:
            check_version(program, server, job)


def test_the_server_tells_its_version(postgres):
    """A real server tells its version."""
    with Job(60) as job, Session(connection_of(parse_url(postgres.url())), job) as session:
        assert str(server_version(session)) == postgres.run("SHOW server_version").split()[0]
