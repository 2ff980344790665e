"""What is said of ALLOWED_HOSTS that no other machine asks for."""

from __future__ import annotations

import sys
import types
from functools import partial

import pytest

from openviper.conf import override_settings
from openviper.core.checks import Severity
from openviper.middleware.checks import check_stack
from openviper.middleware.security import SecurityMiddleware

SECURITY = "openviper.middleware.security.SecurityMiddleware"


def found(hosts, *, debug=False, entry=SECURITY):
    with override_settings(ALLOWED_HOSTS=hosts, DEBUG=debug, MIDDLEWARE=(entry,)):
        return list(check_stack())


@pytest.mark.parametrize(
    "hosts", [("localhost", "127.0.0.1", "[::1]"), ("localhost",), (".localhost",), ("testserver", "127.0.0.2")]
)
def test_hosts_of_this_machine_alone_are_told(hosts):
    """A fresh project's, with DEBUG off: everybody else would get 400."""
    (message,) = found(hosts)
    assert (message.id, message.severity) == ("openviper.middleware.hosts_local", Severity.WARNING)
    assert f"ALLOWED_HOSTS={hosts!r} names this machine alone, and DEBUG is off" in message.message
    assert message.hint.startswith("set OPENVIPER_ALLOWED_HOSTS to ")
    assert found(hosts, debug=True) == []


@pytest.mark.parametrize("hosts", [("localhost", "example.org"), (".example.org",), ("192.168.0.7", "127.0.0.1")])
def test_one_other_host_is_enough(hosts):
    """The others may be for health checks."""
    assert found(hosts) == []


def test_a_class_with_hosts_of_its_own_is_not_told(monkeypatch):
    """It may never read the setting."""
    module = types.ModuleType("shop")
    module.shield = partial(SecurityMiddleware, allowed_hosts=["example.org"])
    monkeypatch.setitem(sys.modules, "shop", module)
    assert found(("localhost",), entry="shop.shield") == []
