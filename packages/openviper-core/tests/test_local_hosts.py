"""Which hosts are this machine."""

from __future__ import annotations

import pytest

from openviper.core.local_hosts import is_local_host


@pytest.mark.parametrize(
    "pattern",
    [
        "localhost",
        ".localhost",
        "app.localhost",
        ".app.localhost",
        "LocalHost",
        "localhost.",
        "testserver",
        "127.0.0.1",
        "127.1.2.3",
        "0.0.0.0",
        "[::1]",
        "::1",
        "[0:0:0:0:0:0:0:1]",
        "[::]",
    ],
)
def test_what_only_this_machine_has(pattern):
    """In each form in which it can stand in ALLOWED_HOSTS."""
    assert is_local_host(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "*",
        ".",
        "example.org",
        "localhost.example.org",
        "notlocalhost",
        "mytestserver",
        ".testserver.org",
        "127.0.0.1.nip.io",
        "128.0.0.1",
        "192.168.0.7",
        "10.0.0.1",
        "[::2]",
        "[1::1]",
        "[2001:db8::1]",
        "127.0.0.1\n",
    ],
)
def test_what_others_may_ask_for(pattern):
    """Private networks too: they are reached from other machines."""
    assert not is_local_host(pattern)
