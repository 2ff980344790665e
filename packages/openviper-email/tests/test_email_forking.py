"""Processes that are forked while their parent is in the midst of something: they have its locks, not its threads."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing is forked here")

# ``busy`` hangs within something, in a thread, while the process is forked; the child goes on where nothing hangs.
SCRIPT = """
import asyncio, os, signal, socket, ssl, sys, threading
from openviper.core.email.mailers import get_mailer
from openviper.core.email._sending import loop_mailers
from openviper.core.email import _lookups as lookups
from openviper.core.email._smtp.options import SMTPOptions
from openviper.core.email._smtp.tls import tls_context

begun, go_on = threading.Event(), threading.Event()

def hanging(usual):
    def call(*args, **kwargs):
        if not is_child:
            begun.set()
            go_on.wait(20)
        return usual(*args, **kwargs)
    return call

def lookup():
    return asyncio.run(lookups.addresses("127.0.0.1", 25))

def context():
    return asyncio.run(tls_context(SMTPOptions(host="127.0.0.1", implicit_tls=True)))

async def used():
    get_mailer()

def mailer():
    asyncio.run(used())

def ended(busy):
    thread = threading.Thread(target=busy, daemon=True)
    thread.start()
    thread.join(5)
    return not thread.is_alive()

is_child = False
{before}
threading.Thread(target={busy}, daemon=True).start()
begun.wait(10)
child = os.fork()
if child == 0:
    is_child = True
    signal.alarm(20)
    os._exit(0 if {is_well} else 1)
go_on.set()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""

LOOKUP = {
    "before": "socket.getaddrinfo = hanging(socket.getaddrinfo)",
    "busy": "lookup",
    "is_well": "ended(lookup) and ended(lookup)",
}
CONTEXT = {
    "before": "ssl.create_default_context = hanging(ssl.create_default_context)",
    "busy": "context",
    "is_well": "ended(context) and ended(context)",
}
KNOWN_CONTEXT = {"before": "known = context()", "busy": "begun.set", "is_well": "context() is not known"}
MAILER = {
    "before": "loop_mailers._forget_closed = hanging(loop_mailers._forget_closed)",
    "busy": "mailer",
    "is_well": "ended(mailer) and ended(mailer)",
}
CASES = {"lookup": LOOKUP, "TLS": CONTEXT, "TLS, made before": KNOWN_CONTEXT, "mailer": MAILER}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_forked_process_waits_for_nothing_that_its_parent_began(case):
    """It looks names up and makes TLS contexts and mailers by itself, whatever threads of its parent were doing."""
    command = [sys.executable, "-c", SCRIPT.format(**case)]
    run = subprocess.run(command, timeout=60, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
