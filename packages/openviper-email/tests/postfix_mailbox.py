"""A Postfix that delivers whatever is sent to it, to whomever, into one folder."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import postfix_instance
from mail_programs import SECONDS, program, skip, unused_port, wait_for_port

__all__ = ["Postfix", "running_postfix"]

SETTINGS = """\
myhostname = postfix.example.org
virtual_mailbox_domains = static:all
virtual_mailbox_maps = static:box/
virtual_mailbox_base = {folder}/mail
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
virtual_minimum_uid = 100
virtual_mailbox_limit = 0
mailbox_size_limit = 0
message_size_limit = 4000000
smtpd_recipient_restrictions = permit_mynetworks, reject
smtpd_relay_restrictions =
  check_recipient_access inline:{{ {{ refused@example.org = 550 5.1.1 no such user }} }}
  permit_mynetworks
  reject
smtputf8_enable = yes
smtpd_tls_security_level = may
smtpd_tls_chain_files = {folder}/server.pem
"""


@dataclass(frozen=True)
class Postfix:
    """One that runs: it offers STARTTLS, refuses refused@example.org, and takes messages of up to 4,000,000 bytes."""

    port: int
    folder: Path
    #: Names of the messages that were delivered before.
    before: frozenset[str] = frozenset()

    def delivered(self) -> list[Path]:
        """Return the files of what was delivered since ``before``."""
        box = self.folder / "mail" / "box" / "new"
        return sorted(each for each in box.iterdir() if each.name not in self.before) if box.exists() else []

    def messages(self, count: int) -> list[bytes]:
        """Return what was delivered, as soon as these are ``count`` and nothing else is in the queue."""
        deadline = time.monotonic() + SECONDS
        while len(self.delivered()) < count:
            assert time.monotonic() < deadline, f"{len(self.delivered())} of {count} messages delivered"
            time.sleep(0.02)
        self.settle()
        return [path.read_bytes() for path in self.delivered()]

    def settle(self) -> None:
        """Wait until everything that was accepted has been delivered."""
        folders = [self.folder / "queue" / name for name in ("incoming", "active", "deferred")]
        deadline = time.monotonic() + SECONDS
        while any(each.is_file() for folder in folders for each in folder.rglob("*")):
            assert time.monotonic() < deadline, "Postfix does not deliver what it has"
            time.sleep(0.02)


@contextmanager
def running_postfix(authority) -> Iterator[Postfix]:
    """Start one; skip the test where that cannot be done."""
    program("postfix")
    if os.geteuid() != 0:
        skip("Postfix starts as root alone")
    folder, port = Path(tempfile.mkdtemp(prefix="postfix-")), unused_port()
    try:
        certificate = authority.ca.issue_cert("localhost", "127.0.0.1")
        certificate.private_key_and_cert_chain_pem.write_to_path(str(folder / "server.pem"))
        (folder / "server.pem").chmod(0o600)
        (folder / "mail").mkdir()
        shutil.chown(folder / "mail", "nobody", "nogroup")
        postfix_instance.configure(folder, port, SETTINGS.format(folder=folder))
        process = postfix_instance.start(folder)
        try:
            wait_for_port(port, process)
            yield Postfix(port, folder)
        finally:
            postfix_instance.end(process)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
