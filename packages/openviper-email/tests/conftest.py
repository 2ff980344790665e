"""Settings that no machine's environment can change, and mail servers that are asked for real.

``smtp_script`` makes servers that do what a script says; ``smtp_sink``, ``aiosmtpd_server`` and ``postfix`` are other
people's. Where ``smtp-sink`` or Postfix is not installed the test is skipped; it fails where
``OPENVIPER_REQUIRE_SERVICES=1``.
"""

from __future__ import annotations

import ssl
import sys
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType

import pytest
import trustme

from openviper.conf import override_settings
from openviper.core.email.backends.memory import outbox

HERE = str(Path(__file__).parent)
if HERE not in sys.path:
    sys.path.append(HERE)

from mail_programs import Aiosmtpd, running_sink, unused_port  # noqa: E402 - found by the line above
from postfix_mailbox import running_postfix  # noqa: E402 - as above
from smtp_script import ScriptedServer  # noqa: E402 - as above


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


@pytest.fixture
def free_port():
    """A port of 127.0.0.1 on which nobody listens."""
    return unused_port()


@pytest.fixture
def smtp_sink():
    """Return ``smtp_sink(*options, keep=False) -> Sink``; the options are those of smtp-sink(1)."""
    with ExitStack() as stack:
        yield lambda *options, keep=False: stack.enter_context(running_sink(*options, keep=keep))


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


@pytest.fixture(scope="session")
def _postfix(authority):
    with running_postfix(authority) as server:
        yield server


@pytest.fixture
def postfix(_postfix):
    """A running ``Postfix``, in which other tests have nothing; it takes seconds to start, so there is one for all."""
    yield replace(_postfix, before=frozenset(each.name for each in _postfix.delivered()))
    _postfix.settle()


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
def refused(smtp_backend, mail):
    """Return ``refused(server, **options) -> (outcome, code, text)`` of a message that is not accepted.

    The text begins with the server and the step, which are not returned.
    """

    async def send(server, **options):
        result = await smtp_backend(server, timeout=5, **options).send(mail())
        (only,) = result.refused
        where, _, said = only.text.partition(": ")
        assert where.startswith(f"{options.get('host', '127.0.0.1')}:{server.port}, at "), only
        return only.outcome, only.code, said

    return send


@pytest.fixture
def memory():
    """What is sent is kept."""
    outbox.clear()
    with override_settings(EMAIL_BACKEND="memory"):
        yield outbox
    outbox.clear()


@pytest.fixture
def module(monkeypatch):
    """A module ``shop_mail`` for backends; what is put there can be named in settings."""
    made = ModuleType("shop_mail")
    monkeypatch.setitem(sys.modules, "shop_mail", made)
    return made


@pytest.fixture
def backend(module):
    """Return a function that puts a class in force as the backend of the default mailer."""
    with ExitStack() as stack:

        def use(cls, **settings):
            module.Backend = cls
            stack.enter_context(override_settings(EMAIL_BACKEND="shop_mail.Backend", **settings))

        yield use


@pytest.fixture
def answered(module):
    """Return a function that gives the answer of a backend to one message, within ``EMAIL_TIMEOUT`` seconds."""
    from mailer_backends import message

    from openviper.core.email.mailers import get_mailer

    async def deliver(cls, seconds=0.5, **settings):
        module.Backend = cls
        with override_settings(EMAIL_BACKEND="shop_mail.Backend", EMAIL_TIMEOUT=seconds, **settings):
            return await get_mailer().deliver(message())

    return deliver


@pytest.fixture
def app(tmp_path, monkeypatch):
    """An app with templates and previews, installed, below the current directory; its dotted name."""
    from preview_app import installed_app

    with installed_app(tmp_path, monkeypatch) as name:
        yield name


@pytest.fixture
def jobs(tmp_path, monkeypatch):
    """A job queue of an installed distribution."""
    from installed_queue import installed_queue

    with installed_queue(tmp_path, monkeypatch) as queue:
        yield queue
