"""``openviper viperctl`` in a process of its own, also at a terminal, with the engines of these tests."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import contextmanager
from pathlib import Path

import ledger_engine

HERE = Path(__file__).parent
#: Nobody waits longer for something that is about to happen.
PATIENCE = 60

_DISOWNED = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN); "
_LOGIN = "import os, sys; os.login_tty(0); os.execv(sys.argv[1], sys.argv[1:])"


def engines(folder: Path) -> Path:
    """Return a folder for the path with the distributions of the scripted engines."""
    site = folder / "site"
    if not site.exists():
        ledger_engine.register(site)
        scripted = site / "scripted-1.dist-info"
        scripted.mkdir()
        (scripted / "METADATA").write_text("Metadata-Version: 2.1\nName: scripted\nVersion: 1\n")
        (scripted / "entry_points.txt").write_text(
            "[openviper.backup_engines]\nscript = dump_script:ScriptedEngine\nslow = dump_script:SlowEngine\n"
            "stuck-dump = dump_script:StuckEngine\n"
            "done = late_engine:LateEngine\nstuck = late_engine:StuckEngine\nbulky = bulky_engine:BulkyEngine\n"
        )
    return site


def project(folder, **databases):
    """Make a folder a project whose databases these are."""
    urls = {alias: {"OPTIONS": {"URL": url}} for alias, url in databases.items()}
    (folder / "settings.py").write_text(
        "from openviper.conf import BaseSettings\n\n\n"
        f"class Settings(BaseSettings):\n    DATABASES = {urls!r}\n    SECRET_KEY = 'k' * 50\n"
    )


def environment(site: Path, **variables: str) -> dict[str, str]:
    unwanted = ("OPENVIPER", "PYTEST", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "COV_", "AGE_", "AWS_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
    return kept | {"TERM": "xterm", "PYTHONPATH": f"{site}{os.pathsep}{HERE}"} | variables


def command(*args: str) -> list[str]:
    return [sys.executable, "-m", "openviper.cli", "viperctl", *args]


def viperctl(folder: Path, *args: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder, without a terminal, to its end."""
    return subprocess.run(
        command(*args),
        cwd=folder,
        env=environment(engines(folder), **variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


@contextmanager
def running(folder: Path, *args: str, before: Sequence[str] = (), **variables: str):
    """Start a command in a folder, without a terminal, by another one perhaps; it is over behind the block."""
    process = subprocess.Popen(
        [*before, *command(*args)],
        cwd=folder,
        env=environment(engines(folder), **variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


class Terminal:
    """A terminal with a command at it, which may be disowned: its end is not told to it then.

    Attributes:
        text: What it has shown so far.
    """

    def __init__(self, folder: Path, *args: str, is_disowned: bool = False, **variables: str) -> None:
        self.text = ""
        self._fd, slave = pty.openpty()
        self._process = subprocess.Popen(
            [sys.executable, "-c", (_DISOWNED if is_disowned else "") + _LOGIN, *command(*args)],
            cwd=folder,
            env=environment(engines(folder), **variables),
            stdin=slave,
            stdout=slave,
            stderr=slave,
        )
        os.close(slave)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *error: object) -> None:
        self._process.kill()
        self._process.wait()
        if self._fd >= 0:
            os.close(self._fd)

    def hang_up(self) -> int:
        """Take the terminal away, and wait for the command's end; return its exit code."""
        os.close(self._fd)
        self._fd = -1
        return self._process.wait(PATIENCE)

    def type(self, text: str) -> None:
        """Press keys; ``\\x03`` is Ctrl-C, ``\\x04`` the end of the input."""
        os.write(self._fd, text.encode())

    def expect(self, text: str) -> None:
        """Wait until it has shown ``text``."""
        self._read(lambda: text in self.text, f"{text!r} was not shown")

    def end(self) -> int:
        """Wait for the command's end; return its exit code."""
        self._read(lambda: self._process.poll() is not None, "it did not end")
        self._read_more(0)
        return self._process.returncode

    def _read(self, is_there, complaint: str) -> None:
        latest = time.monotonic() + PATIENCE
        while not is_there():
            assert time.monotonic() < latest, f"{complaint}: {self.text!r}"
            self._read_more(0.05)

    def _read_more(self, seconds: float) -> None:
        while select.select([self._fd], [], [], seconds)[0]:
            try:
                self.text += os.read(self._fd, 1 << 16).decode()
            except OSError:  # Linux says the end so
                time.sleep(seconds)
                return


def until(is_so, what: str) -> None:
    """Wait for something that is about to be."""
    latest = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < latest, what
        time.sleep(0.02)


def names(folder: Path) -> list[str]:
    """What is in a folder, nothing where there is none."""
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def is_dumping(folder):
    """Tell whether a backup is being written."""
    return lambda: any(name.endswith(".part") for name in names(folder / "backup"))
