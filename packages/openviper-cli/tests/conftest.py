"""What the tests of the command line share: a clean environment, real processes, small projects."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest

#: An application that says in its output what happens to it.
APPLICATION = """
import asyncio

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        # When the server has noticed it: a signal before that cuts a start-up off.
        asyncio.get_running_loop().call_later(0.2, print, "READY")
        await receive()
        print("SHUTDOWN HOOK", flush=True)
        await send({"type": "lifespan.shutdown.complete"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"one"})
"""

#: One whose start-up fails, as openviper.core.lifespan reports it.
FAILING = """
async def app(scope, receive, send):
    await receive()
    print("STARTING", flush=True)
    await send({"type": "lifespan.startup.failed", "message": "Traceback: the disk is full"})
    raise RuntimeError("the disk is full")
"""

#: A command that does what it is told, and one whose module fails.
ACTING_MANIFEST = """
from openviper.core.commands import LazyCommand
COMMANDS = (LazyCommand("act", "acting:act", "Act."), LazyCommand("lost", "losing:lost", "Never imported."))
"""
ACTING = """
import errno, os, sys
import click

@click.command()
@click.option("--how")
def act(how):
    print("ACTING", flush=True)
    if how == "full":
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/srv/shop.db")
    if how == "renamed":
        os.rename("from", "to")
    if how == "refused":
        raise ConnectionRefusedError("the database does not listen")
    if how == "pipe":
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))
    if how == "bug":
        raise KeyError("bug")
    if how == "settings":
        from openviper.conf import settings
        print(settings.DEBUG)
    if how == "import":
        import acting_more
    if how == "slow":
        import time; time.sleep(60)
    if how == "declined":
        click.confirm("Sure?", abort=True)
    if how == "escape":
        raise OSError("no\\x1b[31m colour")
    if how and how.startswith("exit"):
        sys.exit({"exit": None, "exit0": 0, "exit4": 4, "exit-text": "a text"}[how])
"""


def environment(**variables):
    """Return this process's environment without what would steer OpenViper, pytest or the terminal."""
    unwanted = ("OPENVIPER", "PYTEST", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "COV_", "_OPENVIPER")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
    return kept | {"PYTHONDONTWRITEBYTECODE": "1"} | variables


@pytest.fixture
def openviper(tmp_path):
    """Run ``openviper ARGS`` in a new process, by default in ``tmp_path``; return what became of it."""

    def run(*args, cwd=None, command=("-m", "openviper.cli"), stdin=subprocess.DEVNULL, **variables):
        return subprocess.run(
            [sys.executable, *command, *args],
            cwd=cwd or tmp_path,
            env=environment(**variables),
            stdin=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


@pytest.fixture
def files(tmp_path):
    """Write ``path=content`` pairs below ``tmp_path``; return ``tmp_path``."""

    def write(contents):
        for name, content in contents.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        return tmp_path

    return write


@pytest.fixture
def project(files):
    """A project in the module layout, named in its pyproject.toml."""
    return files(
        {
            "pyproject.toml": '[tool.openviper]\nsettings = "mysite.settings"\n',
            "mysite/__init__.py": "",
            "mysite/settings.py": "from openviper.conf import BaseSettings\nclass Settings(BaseSettings): pass\n",
            "mysite/app.py": APPLICATION,
        }
    )


@pytest.fixture
def distribution(tmp_path):
    """Install a distribution that offers commands, in a folder of its own; return that folder, for PYTHONPATH."""

    def install(name, manifest, **modules):
        folder = tmp_path / "installed"
        module = name.replace("-", "_")
        metadata = folder / f"{module}-1.0.dist-info"
        metadata.mkdir(parents=True)
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (metadata / "entry_points.txt").write_text(f"[openviper.commands]\n{module} = {module}_manifest:COMMANDS\n")
        (folder / f"{module}_manifest.py").write_text(manifest)
        for each, content in modules.items():
            (folder / f"{each}.py").write_text(content)
        return str(folder)

    return install


@pytest.fixture
def acting(distribution, project):
    """The commands ``act --how HOW`` and ``lost``, whose module fails, in a project."""
    modules = {"acting": ACTING, "losing": "open('no such file')", "acting_more": "import sys\nsys.exit(0)\n"}
    return distribution("acting-kit", ACTING_MANIFEST, **modules)


class Served:
    """A server under test: its output so far, and its end."""

    def __init__(self, command, args, cwd, variables):
        self.process = subprocess.Popen(
            [sys.executable, *command, *args],
            cwd=cwd,
            env=environment(PYTHONUNBUFFERED="1", **variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.lines = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line)

    @property
    def output(self):
        return "".join(self.lines)

    def wait_for(self, text, count=1, timeout=40):
        """Wait until ``text`` has been printed ``count`` times."""
        deadline = time.monotonic() + timeout
        while self.output.count(text) < count:
            assert time.monotonic() < deadline, f"no {text!r} in: {self.output}"
            time.sleep(0.05)

    @property
    def port(self):
        self.wait_for("http://")
        return int(re.search(r"http://[^ ]+:(\d+) ", self.output)[1])

    def get(self, path="/", host="127.0.0.1", headers=None):
        """Return the body of one GET, as soon as connections are accepted."""
        deadline = time.monotonic() + 40
        while self.refuses_connections(host):
            assert time.monotonic() < deadline, self.output
            time.sleep(0.05)
        connection = HTTPConnection(host, self.port, timeout=20)
        try:
            connection.request("GET", path, headers=headers or {})
            return connection.getresponse().read().decode()
        finally:
            connection.close()

    def refuses_connections(self, host="127.0.0.1"):
        """Tell whether nobody listens."""
        try:
            socket.create_connection((host, self.port), timeout=20).close()
        except ConnectionRefusedError:
            return True
        return False

    def end(self, number=signal.SIGTERM, *, group=False):
        """Send a signal, to the whole terminal's group if asked, and return the exit code."""
        if group:
            os.killpg(self.process.pid, number)
        else:
            self.process.send_signal(number)
        return self.wait()

    def wait(self):
        """Wait for the end and for the last of the output; return the exit code."""
        code = self.process.wait(40)
        self._reader.join(40)
        return code


@pytest.fixture
def served(tmp_path):
    """``with served("run", ...) as server:`` runs ``openviper run ...`` and ends it and its children."""

    @contextmanager
    def serve(*args, cwd=None, command=("-m", "openviper.cli"), **variables):
        server = Served(command, args, Path(cwd or tmp_path), variables)
        try:
            yield server
        finally:
            if server.process.poll() is None:
                server.process.kill()
            server.wait()
            server.process.stdout.close()

    return serve


@pytest.fixture
def application(files):
    """A folder with ``site_app.py``, which serves ``one``."""
    return files({"site_app.py": APPLICATION})


@pytest.fixture
def failing(files):
    """A folder with ``site_app.py``, whose start-up fails."""
    return files({"site_app.py": FAILING})


@pytest.fixture
def repair(files):
    """Put an application that works where the broken one is."""
    return lambda: files({"site_app.py": APPLICATION})
