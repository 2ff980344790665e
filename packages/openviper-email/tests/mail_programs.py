"""Other people's mail servers, started for a test, and where they are installed."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import pytest
from postfix_instance import tool

__all__ = ["SECONDS", "Aiosmtpd", "Sink", "program", "running_sink", "skip", "unused_port", "wait_for_port"]

#: For a server to start, or to do what it was asked for.
SECONDS = 20


def skip(why: str) -> NoReturn:
    """Skip the test; fail it where all services were promised."""
    if os.environ.get("OPENVIPER_REQUIRE_SERVICES") == "1":
        pytest.fail(f"{why}, and OPENVIPER_REQUIRE_SERVICES=1")
    pytest.skip(why)


def program(name: str) -> str:
    """Return the path of a program; skip the test where there is none."""
    return tool(name) or skip(f"{name} is not installed; apt-get install postfix")


def unused_port() -> int:
    """Return a port of 127.0.0.1 on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def wait_for_port(port: int, process: subprocess.Popen) -> None:
    """Wait until ``process`` listens there."""
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            assert process.poll() is None, f"{process.args[0]} has ended"
            assert time.monotonic() < deadline, f"nobody listens on {port}"
            time.sleep(0.01)
        else:
            return


@dataclass
class Sink:
    """A running ``smtp-sink``."""

    port: int
    folder: Path

    def messages(self) -> list[bytes]:
        """Return what it has taken; only with ``keep=True``."""
        return [path.read_bytes() for path in sorted(self.folder.iterdir())]


@contextmanager
def running_sink(*options: str, keep: bool = False) -> Iterator[Sink]:
    """Start ``smtp-sink``; the options are those of smtp-sink(1)."""
    path, port = program("smtp-sink"), unused_port()
    # Not pytest's own folder, which nobody else may enter.
    folder = Path(tempfile.mkdtemp(prefix="smtp-sink-"))
    folder.chmod(0o777)
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    keeping = ["-d", f"{folder}/%H%M%S."] if keep else []
    process = subprocess.Popen([path, *user, *keeping, *options, f"127.0.0.1:{port}", "128"])
    try:
        wait_for_port(port, process)
        yield Sink(port, folder)
    finally:
        process.terminate()
        process.wait(SECONDS)
        shutil.rmtree(folder)


@dataclass
class Aiosmtpd:
    """A running aiosmtpd, and the envelopes it has taken."""

    port: int
    envelopes: list = field(default_factory=list)

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        self.envelopes.append(envelope)
        return "250 2.0.0 queued"
