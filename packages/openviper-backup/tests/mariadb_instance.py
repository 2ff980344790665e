"""A MariaDB of its own, below one folder, on loopback; the machine's is not touched.

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

__all__ = ["MariaDB", "Schema", "program", "running_mariadb"]

SECONDS = 60
ROOT_PASSWORD = 'root\'s "secret" #1; \\ 100%@ü'
OWNER_PASSWORD = "owner secret"
SETTINGS = [
    "--bind-address=127.0.0.1",
    "--innodb-buffer-pool-size=48M",
    "--innodb-log-file-size=16M",
    # Killed is not powered off: what was written is there.
    "--innodb-flush-log-at-trx-commit=2",
    "--innodb-flush-method=nosync",
    "--sync-frm=0",
    "--key-buffer-size=1M",
    "--aria-pagecache-buffer-size=1M",
    "--max-connections=40",
    "--max-allowed-packet=64M",
    "--character-set-server=utf8mb4",
    "--skip-log-bin",
]


def program(name: str) -> str | None:
    """Return the path of one of MariaDB's programs; ``None``: it is not installed."""
    return shutil.which(
        name, path=os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"])
    )


@dataclass(frozen=True)
class Schema:
    """One database of a server, seen by one user."""

    server: MariaDB
    name: str
    user: str

    @property
    def url(self) -> str:
        """With the user's password."""
        return self.server.url(self.name, user=self.user)

    def run(self, sql: str | bytes, *, user: str | None = None) -> str:
        """Run SQL as root, or as another; return the rows."""
        return self.server.run(sql, self.name, user=user or "root")


class MariaDB:
    """A running server, on 127.0.0.1 and on a unix socket.

    Its users: ``root`` (everything), ``owner`` (everything in the databases that :meth:`fresh` makes for it, and in
    those whose names begin likewise).

    Attributes:
        folder: With the unix socket, the log and the data.
        pid: Of the server.
    """

    def __init__(self, folder: Path, more: tuple[str, ...] = ()) -> None:
        self.folder = folder
        self.port = _unused_port()
        self.socket = folder / "socket"
        self.passwords = {"root": "", "owner": OWNER_PASSWORD}
        self.pid = 0
        self._more = more
        self._made = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._initialise()

    def url(self, database: str = "", *, user: str = "root") -> str:
        """Return the URL of a database by TCP."""
        who = f"{quote(user, safe='')}:{quote(self.passwords[user], safe='')}"
        return f"mariadb://{who}@127.0.0.1:{self.port}/{quote(database, safe='')}"

    def socket_url(self, database: str = "", *, user: str = "root") -> str:
        """Return its URL by the unix socket."""
        who = f"{quote(user, safe='')}:{quote(self.passwords[user], safe='')}"
        return f"mysql+aiomysql://{who}@/{quote(database, safe='')}?unix_socket={quote(str(self.socket), safe='')}"

    def run(self, sql: str | bytes, database: str = "", *, user: str = "root") -> str:
        """Run SQL; return the rows, columns divided by tabs, without the last newline."""
        options = [f"--socket={self.socket}", f"--user={user}", "--batch", "--skip-column-names", "--binary-mode"]
        command = [str(program("mariadb")), "--no-defaults", *options, "--comments", "--default-character-set=utf8mb4"]
        done = subprocess.run(
            [*command, f"--database={database}"],
            input=sql.encode() if isinstance(sql, str) else sql,
            env={**os.environ, "MYSQL_PWD": self.passwords[user]},
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"mariadb exited {done.returncode}: {done.stderr.decode(errors='replace')}")
        return done.stdout.decode(errors="surrogateescape").removesuffix("\n")

    def fresh(
        self, sql: str | bytes = "", *, name: str | None = None, user: str = "root", beside: bool = True
    ) -> Schema:
        """Create a database, empty but for what ``sql`` makes as root.

        Args:
            name: ``None``: one that no test gives, since rights on it stay.
            user, beside: Who it is for; whether ``owner`` may create others whose names begin with this one's.
        """
        self._made += 1
        name = name or f"shop_{self._made:04}"
        self.run(f"CREATE DATABASE {_quoted(name)} COLLATE utf8mb4_unicode_ci")
        pattern = name.replace("_", r"\_").replace("%", r"\%")
        for each in [pattern, rf"{pattern}\_%"][: 1 + beside]:
            self.run(f"GRANT ALL ON {_quoted(each)}.* TO owner@localhost, owner@'127.0.0.1'")
        schema = Schema(self, name, user)
        if sql:
            schema.run(sql)
        return schema

    def databases(self) -> list[str]:
        """Return the names of all but those of every server."""
        own = "'information_schema', 'performance_schema', 'mysql', 'sys'"
        rows = self.run(f"SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME NOT IN ({own})")
        return sorted(rows.replace("\\\\", "\\").splitlines())

    def drop(self, name: str) -> None:
        """Drop a database."""
        self.run(f"SET foreign_key_checks = 0; DROP DATABASE IF EXISTS {_quoted(name)}")

    def start(self) -> None:
        """Start it, and wait until it answers."""
        paths = {"datadir": "data", "tmpdir": "tmp", "pid-file": "pid", "socket": "socket"}
        options = [f"--port={self.port}", *(f"--{name}={self.folder / path}" for name, path in paths.items())]
        command = [str(program("mariadbd")), "--no-defaults", *options]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*_as_plain_user(), *command, *SETTINGS, *self._more],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
            )
        self.pid = self._process.pid
        deadline = time.monotonic() + SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"MariaDB does not start: {(self.folder / 'log').read_text()[-2000:]}")
            time.sleep(0.05)

    def kill(self) -> None:
        """End it by SIGKILL."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait(SECONDS)
            self._process = None

    def make_users(self) -> None:
        """Give root its password, and make the user that may not everything."""
        for host in ("localhost", "127.0.0.1"):
            self.run(f"CREATE USER owner@'{host}' IDENTIFIED BY {_text(OWNER_PASSWORD)}")
        self.run(f"ALTER USER root@localhost IDENTIFIED BY {_text(ROOT_PASSWORD)}")
        self.passwords["root"] = ROOT_PASSWORD

    def _answers(self) -> bool:
        with contextlib.suppress(RuntimeError):
            return self.run("SELECT 1") == "1"
        return False

    def _initialise(self) -> None:
        (self.folder / "tmp").mkdir()
        if os.geteuid() == 0:
            for folder in (self.folder, self.folder / "tmp"):
                shutil.chown(folder, _plain_user())
        command = [*_as_plain_user(), str(program("mariadb-install-db")), "--no-defaults", "--innodb-log-file-size=16M"]
        # A server that starts clears away the temporary tables in its tmpdir, another's too.
        paths = [f"--datadir={self.folder / 'data'}", f"--tmpdir={self.folder / 'tmp'}"]
        options = ["--auth-root-authentication-method=normal", "--skip-test-db", *paths]
        done = subprocess.run([*command, *options], capture_output=True, cwd="/", timeout=SECONDS, check=False)
        if done.returncode:
            raise RuntimeError(f"mariadb-install-db exited {done.returncode}: {done.stderr.decode(errors='replace')}")


@contextmanager
def running_mariadb(*more: str) -> Iterator[MariaDB]:
    """Make a server, and take it away again.

    Args:
        more: Options of mariadbd.
    """
    # Not pytest's own folder, which nobody else may enter, and whose path is too long for a socket.
    folder = Path(tempfile.mkdtemp(prefix="mariadb-"))
    folder.chmod(0o755)
    try:
        server = MariaDB(folder, more)
        try:
            server.start()
            server.make_users()
            yield server
        finally:
            server.kill()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _plain_user() -> str:
    with contextlib.suppress(KeyError):
        return pwd.getpwnam("mysql").pw_name
    return "nobody"


def _as_plain_user() -> list[str]:
    """Return what starts a program as somebody whom MariaDB accepts, and ends it when we are killed."""
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        return []
    if os.geteuid() != 0:
        return [setpriv, "--pdeathsig", "KILL"]
    user = pwd.getpwnam(_plain_user())
    return [setpriv, f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", "--pdeathsig", "KILL"]


def _unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _text(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"
