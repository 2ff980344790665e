"""The address of a server: taken, resolved, refused."""

from __future__ import annotations

import errno
import os
import re
import socket
from pathlib import Path

import pytest

from openviper.cli._address import listen_on, shown_address, why_unusable
from openviper.cli.errors import CommandLineError


def test_an_address_is_bound_and_not_listened_on():
    """Until the application is ready, connections are refused."""
    with listen_on("127.0.0.1", 0) as listener, socket.socket() as client, pytest.raises(ConnectionRefusedError):
        client.connect(listener.getsockname())


def test_a_host_of_two_lines_is_told_in_one(openviper, application):
    """Nothing of it is obeyed."""
    result = openviper("run", "site_app", "--host", "a\nb\x1b[31m")
    assert result.returncode == 1
    assert result.stderr.startswith(r"Error: --host a\nb\x1b[31m cannot be resolved: ")
    assert result.stderr.count("\n") == 1


def test_localhost_is_what_everybody_types():
    """The IPv4 address where there are both."""
    with listen_on("localhost", 0) as listener:
        assert listener.getsockname()[0] == "127.0.0.1"


@pytest.mark.parametrize("host", ["no-such-host.invalid", "999.1.1.1", "a b", "a..b", "x" * 64, "[::1]"])
def test_a_host_that_cannot_be_resolved_is_named(host):
    """One sentence."""
    with pytest.raises(CommandLineError, match=re.escape(f"--host {host} cannot be resolved")):
        listen_on(host, 0)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_port_in_use_is_named_with_the_process_that_listens(host):
    """And another one suggested."""
    with listen_on(host, 0) as listener:
        listener.listen()
        port = listener.getsockname()[1]
        with pytest.raises(CommandLineError) as caught:
            listen_on(host, port)
    name = Path("/proc/self/comm").read_text().strip()
    assert str(caught.value) == (
        f"{shown_address(host, port)} cannot be used: Address already in use by {name} (process {os.getpid()}); "
        f"try another --port"
    )


def test_an_address_of_another_machine_is_told_as_such():
    """Another port would not help: 192.0.2.0/24 is nobody's (RFC 5737)."""
    with pytest.raises(CommandLineError, match=r"192.0.2.1:8000 cannot be used: .*; --host takes an address of this"):
        listen_on("192.0.2.1", 8000)


@pytest.mark.parametrize(
    ("host", "port", "number", "sentence"),
    [
        (
            "127.0.0.1",
            80,
            errno.EACCES,
            "127.0.0.1:80 cannot be used: Permission denied; ports below 1024 are for root",
        ),
        ("::1", 1, errno.EADDRINUSE, "[::1]:1 cannot be used: Address already in use; try another --port"),
        ("::1", 8000, errno.EAFNOSUPPORT, "[::1]:8000 cannot be used: Address family not supported by protocol"),
    ],
)
def test_each_refusal_says_what_to_try(host, port, number, sentence):
    """Where nothing is known that helps, the system's own words stand alone."""
    assert why_unusable(host, port, OSError(number, os.strerror(number))).startswith(sentence)
