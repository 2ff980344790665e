"""A PostgreSQL of its own, below one folder, on loopback; the machine's is not touched.

The tests start it, and the benchmarks: import nothing of pytest.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

__all__ = ["Database", "Postgres", "program", "running_postgres"]

SECONDS = 60
PASSWORDS = {"postgres": "super secret", "owner": "owner's secret", "other": "other secret"}
SETTINGS = """\
listen_addresses = '127.0.0.1{ipv6}'
port = {port}
unix_socket_directories = '{folder}'
fsync = off
full_page_writes = off
synchronous_commit = off
shared_buffers = 32MB
max_connections = 40
autovacuum = off
{more}
"""


def program(name: str) -> str | None:
    """Return the path of one of PostgreSQL's programs, of the newest version; ``None``: it is not installed."""
    versions = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if path.parent.name.isdigit()]
    versions.sort(key=lambda path: -int(path.parent.name))
    return shutil.which(name, path=os.pathsep.join([*map(str, versions), os.environ.get("PATH", os.defpath)]))


@dataclass(frozen=True)
class Database:
    """One database of a server, seen by one role."""

    server: Postgres
    name: str
    user: str

    @property
    def url(self) -> str:
        """With the role's password."""
        return self.server.url(self.name, user=self.user)

    def run(self, sql: str, *, user: str | None = None) -> str:
        """Run SQL as the role, or as another; return the unaligned rows."""
        return self.server.run(sql, self.name, user=user or self.user)


class Postgres:
    """A running server, on 127.0.0.1, on ::1 where there is IPv6, and on a unix socket; passwords are asked for.

    Its roles: ``postgres`` (superuser), ``owner`` (CREATEDB), ``other`` (nothing).

    Attributes:
        folder: With the unix socket, the log and the data.
    """

    def __init__(self, folder: Path, more: str = "") -> None:
        self.folder = folder
        self.port = _unused_port()
        self.passwords = dict(PASSWORDS)
        self._made = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._initialise(more)

    def url(self, database: str = "postgres", *, user: str = "postgres", host: str = "127.0.0.1") -> str:
        """Return the URL of a database; ``host``: of IPv6 in brackets."""
        who = f"{quote(user, safe='')}:{quote(self.passwords[user], safe='')}"
        return f"postgresql://{who}@{host}:{self.port}/{quote(database, safe='')}"

    def socket_url(self, database: str = "postgres", *, user: str = "postgres") -> str:
        """Return its URL by the unix socket."""
        return f"{self.url(database, user=user, host='')}?host={quote(str(self.folder), safe='')}"

    def run(self, sql: str, database: str = "postgres", *, user: str = "postgres") -> str:
        """Run SQL; return the rows unaligned, columns divided by ``|``, without the last newline."""
        command = [str(program("psql")), "-XqAt", "-v", "ON_ERROR_STOP=1", "-f", "-"]
        # A name with = in it would be more than a name behind -d.
        environment = {**os.environ, **self.environment(user), "PGDATABASE": database, "PGCLIENTENCODING": "UTF8"}
        return _said(command, environment, sql.encode()).decode().removesuffix("\n")

    def environment(self, user: str = "postgres") -> dict[str, str]:
        """Return the variables by which PostgreSQL's own programs connect."""
        password = self.passwords[user]
        return {"PGHOST": str(self.folder), "PGPORT": str(self.port), "PGUSER": user, "PGPASSWORD": password}

    def fresh(self, sql: str = "", *, name: str | None = None, owner: str = "owner") -> Database:
        """Create a database, empty but for what ``sql`` makes as its owner."""
        self._made += 1
        name = name or f"shop_{self._made}"
        owned = f"CREATE DATABASE {_quoted(name)} OWNER {_quoted(owner)}"
        self.run(f"{owned}; REVOKE ALL ON DATABASE {_quoted(name)} FROM public")
        database = Database(self, name, owner)
        if sql:
            database.run(sql)
        return database

    def drop(self, name: str) -> None:
        """Drop a database that is there, or not, whoever uses it."""
        self.run(f"DROP DATABASE IF EXISTS {_quoted(name)} WITH (FORCE)")

    def databases(self) -> list[str]:
        """Return the names of all but the three of every server."""
        rows = self.run("SELECT datname FROM pg_database WHERE datname NOT IN ('postgres', 'template0', 'template1')")
        return sorted(rows.splitlines())

    @property
    def pid(self) -> int:
        """The process id of the postmaster."""
        return int((self.folder / "data" / "postmaster.pid").read_text().split()[0])

    def start(self) -> None:
        """Start it, and wait until it answers."""
        with (self.folder / "log").open("ab") as log:
            command = [*_as_plain_user(), str(program("postgres")), "-D", str(self.folder / "data")]
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/")
        deadline = time.monotonic() + SECONDS
        while not self._answers():
            said = (self.folder / "log").read_text()[-2000:]
            assert self._process.poll() is None, f"PostgreSQL does not start: {said}"
            assert time.monotonic() < deadline, f"PostgreSQL does not answer: {said}"
            time.sleep(0.05)

    def stop(self) -> None:
        """End it, and all sessions."""
        self._end(signal.SIGQUIT)

    def kill(self) -> None:
        """End the postmaster by SIGKILL, and wait until nobody of it is left."""
        self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        children = _children(self._process.pid)
        self._process.send_signal(number)
        self._process.wait(SECONDS)
        self._process = None
        deadline = time.monotonic() + SECONDS
        # Those of a killed postmaster end by themselves, and none may be there when the next one starts.
        while any(Path(f"/proc/{child}").exists() for child in children):
            if time.monotonic() > deadline:
                raise RuntimeError("PostgreSQL does not end")
            time.sleep(0.02)

    def _answers(self) -> bool:
        command = [str(program("pg_isready")), "-q", "-h", str(self.folder), "-p", str(self.port)]
        return subprocess.run(command, timeout=SECONDS, check=False).returncode == 0

    def _initialise(self, more: str) -> None:
        data, secret = self.folder / "data", self.folder / "password"
        data.mkdir(mode=0o700)
        secret.write_text(self.passwords["postgres"])
        for path in (self.folder, data, secret) if os.geteuid() == 0 else ():
            shutil.chown(path, _plain_user())
        options = ["--username=postgres", f"--pwfile={secret}", "--auth=scram-sha-256", "--no-sync", "--encoding=UTF8"]
        command = [*_as_plain_user(), str(program("initdb")), "-D", str(data), *options, "--locale=C.UTF-8"]
        _said(command)
        settings = SETTINGS.format(port=self.port, folder=self.folder, ipv6=",::1" if _has_ipv6() else "", more=more)
        with (data / "postgresql.conf").open("a") as file:
            file.write(settings)

    def make_roles(self) -> None:
        """Make the roles that are no superusers."""
        for name, rights in (("owner", "CREATEDB"), ("other", "")):
            password = self.passwords[name].replace("'", "''")
            self.run(f"CREATE ROLE {name} LOGIN {rights} PASSWORD '{password}'")


@contextmanager
def running_postgres(more: str = "") -> Iterator[Postgres]:
    """Make a server, and take it away again.

    Args:
        more: Lines of postgresql.conf.
    """
    # Not pytest's own folder, which nobody else may enter, and whose path is too long for a socket.
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    folder.chmod(0o755)
    try:
        server = Postgres(folder, more)
        try:
            server.start()
            server.make_roles()
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _said(command: list[str], environment: dict[str, str] | None = None, fed: bytes = b"") -> bytes:
    done = subprocess.run(command, input=fed, env=environment, capture_output=True, cwd="/", timeout=60, check=False)
    if done.returncode:
        raise RuntimeError(f"{command[0]} exited {done.returncode}: {done.stderr.decode(errors='replace')}")
    return done.stdout


def _plain_user() -> str:
    with contextlib.suppress(KeyError):
        return pwd.getpwnam("postgres").pw_name
    return "nobody"


def _as_plain_user() -> list[str]:
    """Return what starts a program as somebody whom PostgreSQL accepts, and ends it when we are killed."""
    if (setpriv := shutil.which("setpriv")) is None:
        return []
    if os.geteuid() != 0:
        return [setpriv, "--pdeathsig", "QUIT"]
    user = pwd.getpwnam(_plain_user())
    return [setpriv, f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", "--pdeathsig", "QUIT"]


def _children(process: int) -> list[int]:
    with contextlib.suppress(OSError):
        return [*map(int, Path(f"/proc/{process}/task/{process}/children").read_text().split())]
    return []


def _unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _has_ipv6() -> bool:
    with contextlib.suppress(OSError), socket.create_server(("::1", 0), family=socket.AF_INET6):
        return True
    return False


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
