"""Mail servers on this machine for the time of a measurement, and how many messages they got.

Each is ended by its process id, with what it started. This folder hides the standard library's email and http: import
nothing that needs them.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from environment import HERE, PYTHON, clean_environ, run
from server import accepts, end, free_port

# What starts a Postfix for the tests does it here.
sys.path.append(str(HERE.parent / "packages" / "openviper-email" / "tests"))
import postfix_instance
from postfix_instance import tool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = [
    "MailServer",
    "aiosmtpd",
    "certificate",
    "postfix",
    "relay",
    "sink",
    "tool",
    "version",
    "what_postfix_lacks",
    "what_sink_lacks",
]

#: What Postfix is to do with messages: throw them away, as fast as they come.
SETTINGS = """\
myhostname = mail.example.org
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_tls_security_level = may
smtpd_tls_chain_files = {key}, {certificate}
default_transport = discard:
local_transport = discard:
relay_transport = discard:
in_flow_delay = 0
"""


@dataclass(slots=True)
class MailServer:
    """One that runs."""

    name: str
    port: int
    #: How many messages it has had so far.
    received: Callable[[], int]
    #: How many of them have been asked for.
    counted: int = 0

    def expect(self, count: int, by: str) -> None:
        """Wait until ``count`` more messages are there; another number ends this program."""
        wanted = self.counted + count
        deadline = time.monotonic() + 20
        while self.received() < wanted and time.monotonic() < deadline:
            time.sleep(0.02)
        # One too many comes a little later.
        time.sleep(0.1)
        if (found := self.received()) != wanted:
            sys.exit(f"{by} sent {count} messages, and {self.name} has {found - self.counted} of them")
        self.counted = wanted


@contextmanager
def sink() -> Iterator[MailServer]:
    """Debian's ``smtp-sink``, which reads messages, keeps none and counts them."""
    port = free_port()
    with tempfile.TemporaryFile() as shown:
        user = ["-u", "nobody"] if os.geteuid() == 0 else []
        command = [str(tool("smtp-sink")), *user, "-c", f"127.0.0.1:{port}", "128"]
        process = subprocess.Popen(command, stdout=shown, cwd="/")

        def received() -> int:
            # sess=9 quit=8 mesg=1000, over and over on one line.
            size = os.fstat(shown.fileno()).st_size
            text = os.pread(shown.fileno(), 200, max(0, size - 200)).decode()
            return int(text.rpartition("mesg=")[2]) if "mesg=" in text else 0

        with running(process, port, "smtp-sink"):
            yield MailServer("smtp-sink", port, received)


@contextmanager
def aiosmtpd(tls: tuple[Path, Path]) -> Iterator[MailServer]:
    """aiosmtpd with STARTTLS, in a process of its own."""
    port = free_port()
    with tempfile.TemporaryFile() as shown:
        command = [str(PYTHON), str(HERE / "inside" / "mail_aiosmtpd.py"), str(port), *map(str, tls)]
        process = subprocess.Popen(command, stdout=shown, env=clean_environ(), cwd="/")
        with running(process, port, "aiosmtpd"):
            # A byte for each message.
            yield MailServer("aiosmtpd", port, lambda: os.fstat(shown.fileno()).st_size)


@contextmanager
def relay(behind: MailServer, seconds: float) -> Iterator[MailServer]:
    """A way to ``behind`` on which each direction takes ``seconds``."""
    command = [str(PYTHON), str(HERE / "inside" / "mail_relay.py"), str(behind.port), str(seconds)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=clean_environ(), cwd="/")
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        yield MailServer(f"{behind.name} behind the relay", port, behind.received, behind.counted)
    finally:
        end(process)


def what_sink_lacks() -> str | None:
    """Why nothing can be sent to smtp-sink here, or ``None``."""
    return not_found("smtp-sink", "smtp-source")


def what_postfix_lacks() -> str | None:
    """Why no Postfix can be started here, or ``None``."""
    if missing := not_found("postfix", "postconf", "smtp-source", "openssl"):
        return missing
    return None if os.geteuid() == 0 else "Postfix starts as root only"


def not_found(*tools: str) -> str | None:
    missing = [name for name in tools if tool(name) is None]
    return f"{', '.join(missing)}: not found; apt install postfix openssl (Debian, Ubuntu)" if missing else None


def version() -> str:
    """Postfix's, as a sentence; nothing where it is not installed."""
    return f"Postfix {postfix_instance.setting('mail_version')}." if tool("postconf") else ""


@contextmanager
def postfix(tls: tuple[Path, Path]) -> Iterator[MailServer]:
    """A Postfix of its own, with its queue on a real disk and its own fsync; what it takes it throws away, and logs."""
    port = free_port()
    # /tmp may be memory, /var/tmp is not.
    with tempfile.TemporaryDirectory(dir="/var/tmp", ignore_cleanup_errors=True) as name:
        folder, (certificate, key) = Path(name), tls
        postfix_instance.configure(folder, port, SETTINGS.format(certificate=certificate, key=key))
        process = postfix_instance.start(folder)

        def received() -> int:
            return (folder / "log").read_bytes().count(b" status=sent ")

        try:
            with running(process, port, "Postfix"):
                yield MailServer("Postfix", port, received)
        finally:
            postfix_instance.end(process)


@contextmanager
def running(process: subprocess.Popen[bytes], port: int, name: str) -> Iterator[None]:
    """Until here, once it listens at ``port``."""
    try:
        deadline = time.monotonic() + 30
        while not accepts(port):
            if process.poll() is not None or time.monotonic() > deadline:
                sys.exit(f"{name} did not start")
            time.sleep(0.02)
        yield
    finally:
        end(process)


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1, signed by itself and good for a day, and its key."""
    cert, key = folder / "certificate.pem", folder / "key.pem"
    kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-days", "1"]
    name = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    run([str(tool("openssl")), "req", *kind, *name, "-keyout", str(key), "-out", str(cert)])
    return cert, key
