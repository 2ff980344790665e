"""Mail servers on this machine for the time of a measurement, and how many messages they got.

Each is ended by its process id, with what it started. This folder hides the standard library's email and http: import
nothing that needs them.
"""

from __future__ import annotations

import os
import shutil
import signal
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

#: Debian has them where only root's PATH looks.
PLACES = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"])
SETTINGS = """\
compatibility_level = 3.6
queue_directory = {folder}/spool
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.example.org
mydestination =
alias_maps =
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_peername_lookup = no
smtpd_tls_security_level = may
smtpd_tls_chain_files = {key}, {certificate}
default_transport = discard:
local_transport = discard:
relay_transport = discard:
in_flow_delay = 0
"""
#: name, type, private, unprivileged, chroot, wakeup, most processes, command: master(5).
SERVICES = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
proxymap unix - - n - - proxymap
postlog unix-dgram n - n - 1 postlogd
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


def tool(name: str) -> str | None:
    return shutil.which(name, path=PLACES)


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
    return f"Postfix {setting('mail_version')}." if tool("postconf") else ""


@contextmanager
def postfix(tls: tuple[Path, Path]) -> Iterator[MailServer]:
    """A Postfix of its own, with its queue on a real disk and its own fsync; what it takes it throws away, and logs."""
    port = free_port()
    # /tmp may be memory, /var/tmp is not.
    with tempfile.TemporaryDirectory(dir="/var/tmp", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        configure(folder, port, tls)
        command = [f"{setting('daemon_directory')}/master", "-d", "-c", str(folder / "etc")]
        process = subprocess.Popen(command, cwd="/", start_new_session=True)

        def received() -> int:
            return (folder / "log").read_bytes().count(b" status=sent ")

        try:
            with running(process, port, "Postfix"):
                yield MailServer("Postfix", port, received)
        finally:
            end_session(process.pid)


def configure(folder: Path, port: int, tls: tuple[Path, Path]) -> None:
    folder.chmod(0o755)
    for name in ("etc", "spool", "data"):
        (folder / name).mkdir()
    shutil.chown(folder / "data", setting("mail_owner"))
    certificate, key = tls
    text = SETTINGS.format(folder=folder, certificate=certificate, key=key)
    (folder / "etc" / "main.cf").write_text(text)
    (folder / "etc" / "master.cf").write_text(SERVICES.format(port=port))
    run([str(tool("postfix")), "-c", str(folder / "etc"), "check"])


def setting(name: str) -> str:
    return run([str(tool("postconf")), "-d", "-h", name]).strip()


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


def end_session(leader: int) -> None:
    """End what a server that led a session of its own has left of it, and wait until it is gone."""
    for _ in range(250):
        try:
            os.killpg(leader, signal.SIGTERM)
        except ProcessLookupError:
            return
        time.sleep(0.02)


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1, signed by itself and good for a day, and its key."""
    cert, key = folder / "certificate.pem", folder / "key.pem"
    kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-days", "1"]
    name = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    run([str(tool("openssl")), "req", *kind, *name, "-keyout", str(key), "-out", str(cert)])
    return cert, key
