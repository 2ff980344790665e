"""Settings that no machine's environment can change, and mail servers that are asked for real.

``smtp_script`` makes servers that do what a script says; ``smtp_sink``, ``aiosmtpd_server`` and ``postfix`` are other
people's. Where ``smtp-sink`` or Postfix is not installed the test is skipped; it fails where
``OPENVIPER_REQUIRE_SERVICES=1``.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

import pytest
import trustme

from openviper.conf import override_settings
from openviper.core.email.backends.memory import outbox

HERE = str(Path(__file__).parent)
if HERE not in sys.path:
    sys.path.append(HERE)

from smtp_script import ScriptedServer  # noqa: E402 - found by the line above

SECONDS = 10


@pytest.fixture(autouse=True)
def _settings():
    """Every test starts from the defaults, whatever the environment says."""
    with override_settings(DEBUG=False, INSTALLED_APPS=(), EMAIL_BACKEND="console"):
        yield


@dataclass(frozen=True)
class Authority:
    """Who certifies servers: a context for them, and the file by which clients trust them."""

    cafile: Path
    ca: trustme.CA

    def context(self, *names: str) -> ssl.SSLContext:
        """Return the context of a server that has these names and addresses."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.ca.issue_cert(*(names or ("localhost", "127.0.0.1", "::1"))).configure_cert(context)
        return context


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    """An authority that nobody but these tests knows."""
    ca = trustme.CA()
    cafile = tmp_path_factory.mktemp("authority") / "ca.pem"
    ca.cert_pem.write_to_path(str(cafile))
    return Authority(cafile, ca)


@pytest.fixture
def smtp_script():
    """Return ``smtp_script(*scripts, **fields of ScriptedServer) -> ScriptedServer``, started."""
    started = []

    def start(*scripts, **options):
        server = ScriptedServer(scripts or ({},), **options)
        server.__enter__()
        started.append(server)
        return server

    yield start
    for server in started:
        server.__exit__()


def program(name: str) -> str:
    """Return the path of a program; skip the test where there is none."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin")
    if found is None and os.environ.get("OPENVIPER_REQUIRE_SERVICES") == "1":
        pytest.fail(f"{name} is not installed, and OPENVIPER_REQUIRE_SERVICES=1; apt-get install postfix")
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@pytest.fixture
def free_port():
    """A port of 127.0.0.1 on which nobody listens."""
    return unused_port()


def wait_for_port(port: int, process: subprocess.Popen | None = None) -> None:
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            assert process is None or process.poll() is None, f"{process.args[0]} has ended"
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


@pytest.fixture
def smtp_sink():
    """Return ``smtp_sink(*options, keep=False) -> Sink``; the options are those of smtp-sink(1)."""
    processes, folders = [], []

    def start(*options, keep=False):
        path, port = program("smtp-sink"), unused_port()
        # Not pytest's own folder, which nobody else may enter.
        folder = Path(tempfile.mkdtemp(prefix="smtp-sink-"))
        folder.chmod(0o777)
        folders.append(folder)
        user = ["-u", "nobody"] if os.geteuid() == 0 else []
        keeping = ["-d", f"{folder}/%H%M%S."] if keep else []
        process = subprocess.Popen([path, *user, *keeping, *options, f"127.0.0.1:{port}", "128"])
        processes.append(process)
        wait_for_port(port, process)
        return Sink(port, folder)

    yield start
    for process in processes:
        process.terminate()
        process.wait(SECONDS)
    for folder in folders:
        shutil.rmtree(folder)


@dataclass
class Aiosmtpd:
    """A running aiosmtpd, and the envelopes it has taken."""

    port: int
    envelopes: list = field(default_factory=list)

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        self.envelopes.append(envelope)
        return "250 2.0.0 queued"


@pytest.fixture
def aiosmtpd_server():
    """Return ``aiosmtpd_server(**options of aiosmtpd.smtp.SMTP) -> Aiosmtpd``."""
    from aiosmtpd.controller import Controller

    controllers = []

    def start(**options):
        server = Aiosmtpd(unused_port())
        controller = Controller(server, hostname="127.0.0.1", port=server.port, **options)
        controller.start()
        controllers.append(controller)
        return server

    yield start
    for controller in controllers:
        controller.stop()


_MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
mail_owner = postfix
setgid_group = postdrop
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
shlib_directory = /usr/lib/postfix
meta_directory = /etc/postfix
multi_instance_name = postfix-openviper-{port}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = postfix.example.org
mydestination =
mynetworks = 127.0.0.0/8
virtual_mailbox_domains = static:all
virtual_mailbox_maps = static:box/
virtual_mailbox_base = {folder}/mail
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
virtual_minimum_uid = 100
alias_maps =
smtpd_recipient_restrictions = permit_mynetworks, reject
smtpd_relay_restrictions =
  check_recipient_access inline:{{ {{ refused@example.org = 550 5.1.1 no such user }} }}
  permit_mynetworks
  reject
smtputf8_enable = yes
smtpd_peername_lookup = no
smtpd_tls_security_level = {tls}
smtpd_tls_cert_file = {folder}/server.pem
smtpd_tls_key_file = {folder}/server.pem
{more}
"""
_MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


@dataclass
class Postfix:
    """A running Postfix: it delivers what is sent to it, to whomever, into one folder."""

    port: int
    folder: Path

    def messages(self, count: int = 0) -> list[bytes]:
        """Return what was delivered, as soon as these are ``count``, or nothing more comes for a second."""
        box, last, since = self.folder / "mail" / "box" / "new", -1, time.monotonic()
        while True:
            paths = sorted(box.iterdir()) if box.exists() else []
            if len(paths) != last:
                last, since = len(paths), time.monotonic()
            if (count and last >= count) or time.monotonic() - since > (SECONDS if count else 1):
                return [path.read_bytes() for path in paths]
            time.sleep(0.02)

    def log(self) -> str:
        """Return what it has logged."""
        return (self.folder / "log").read_text()


@pytest.fixture
def postfix(authority):
    """Return ``postfix(*lines of main.cf, tls="may") -> Postfix``; only as root, as Postfix has it."""
    running = []

    def start(*lines, tls="may"):
        if os.geteuid() != 0:
            is_required = os.environ.get("OPENVIPER_REQUIRE_SERVICES") == "1"
            (pytest.fail if is_required else pytest.skip)("Postfix starts as root alone")
        path, port = program("postfix"), unused_port()
        folder = Path(tempfile.mkdtemp(prefix="postfix-"))
        folder.chmod(0o755)
        configure(folder, port, tls, "\n".join(lines), authority)
        running.append(folder)
        subprocess.run([path, "-c", str(folder / "etc"), "start"], check=True, timeout=60, stderr=subprocess.DEVNULL)
        wait_for_port(port)
        return Postfix(port, folder)

    yield start
    for folder in running:
        stop(folder / "queue" / "pid" / "master.pid")
        shutil.rmtree(folder, ignore_errors=True)


def stop(pidfile: Path) -> None:
    """End the process of a file, and wait for it; Postfix ends its own children."""
    process, deadline = int(pidfile.read_text()), time.monotonic() + SECONDS
    os.kill(process, signal.SIGTERM)
    while Path(f"/proc/{process}").exists():
        assert time.monotonic() < deadline, "Postfix does not end"
        time.sleep(0.01)


def configure(folder: Path, port: int, tls: str, more: str, authority: Authority) -> None:
    """Write a configuration of its own; the machine's is not touched."""
    for name in ("etc", "queue", "data", "mail"):
        (folder / name).mkdir()
    certificate = authority.ca.issue_cert("localhost", "127.0.0.1")
    certificate.private_key_and_cert_chain_pem.write_to_path(str(folder / "server.pem"))
    (folder / "server.pem").chmod(0o600)
    (folder / "etc" / "main.cf").write_text(_MAIN.format(folder=folder, port=port, tls=tls, more=more))
    (folder / "etc" / "master.cf").write_text(_MASTER.format(port=port))
    shutil.chown(folder / "data", "postfix")
    shutil.chown(folder / "mail", "nobody", "nogroup")


@pytest.fixture
async def smtp_backend():
    """Return ``smtp_backend(server, **fields of SMTPOptions) -> SMTPBackend``; closed after the test."""
    from openviper.core.email.backends.smtp import SMTPBackend, SMTPOptions

    made = []

    def make(server, **options):
        backend = SMTPBackend(SMTPOptions(**{"host": "127.0.0.1", "port": server.port, **options}))
        made.append(backend)
        return backend

    yield make
    for backend in made:
        await backend.close()


@pytest.fixture
def mail():
    """Return ``mail(*recipients, **fields of EmailMessageData) -> EmailMessageData``."""
    from openviper.core.email import EmailMessageData

    def make(*recipients, **fields):
        fields = {"subject": "Hello", "text": "Hello there.", "sender": "news@example.org", **fields}
        return EmailMessageData(recipients=recipients or ("ada@example.org",), **fields)

    return make


@pytest.fixture
def memory():
    """What is sent is kept."""
    outbox.clear()
    with override_settings(EMAIL_BACKEND="memory"):
        yield outbox
    outbox.clear()


@pytest.fixture
def backend(monkeypatch):
    """Return a function that puts a class in force as the backend of the default mailer."""
    overrides = []

    def use(cls, **settings):
        module = ModuleType("shop_mail")
        module.Backend = cls
        monkeypatch.setitem(sys.modules, "shop_mail", module)
        override = override_settings(EMAIL_BACKEND="shop_mail.Backend", **settings)
        override.__enter__()
        overrides.append(override)

    yield use
    for override in reversed(overrides):
        override.__exit__(None, None, None)
