"""The address that a server listens on, and why one cannot be used."""

from __future__ import annotations

import errno
import socket
from contextlib import suppress
from pathlib import Path

from openviper.cli.errors import CommandLineError
from openviper.core.terminal_text import harmless_line

__all__ = ["listen_on", "shown_address", "why_unusable"]


def listen_on(host: str, port: int) -> socket.socket:
    """Return a bound socket that does not listen yet: connections are refused until a server has started.

    Args:
        host: A name or an address.
        port: 0 takes a free one.

    Raises:
        CommandLineError: The address cannot be resolved, or cannot be used.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        # UnicodeError: a part of a name that is empty, or longer than 63 characters.
        raise CommandLineError(f"--host {harmless_line(host) or repr(host)} cannot be resolved: {error}") from error
    # localhost: the IPv4 address, which is what everybody types.
    family, kind, protocol, _, address = min(found, key=lambda each: each[0] != socket.AF_INET)
    listener: socket.socket | None = None
    try:
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        if listener is not None:
            listener.close()
        raise CommandLineError(why_unusable(host, port, error)) from error
    return listener


def shown_address(host: str, port: int) -> str:
    """Return ``host:port`` as it stands in a URL: an IPv6 address in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def why_unusable(host: str, port: int, error: OSError) -> str:
    """Return a sentence: the address, what is wrong with it, and what to try."""
    match error.errno:
        case errno.EADDRINUSE:
            advice = f"{_by_whom(port)}; try another --port"
        case errno.EADDRNOTAVAIL:
            advice = "; --host takes an address of this machine, or 0.0.0.0 for all of them"
        case errno.EACCES:
            advice = "; ports below 1024 are for root: try --port 8000"
        case _:
            advice = ""
    return f"{shown_address(host, port)} cannot be used: {error.strerror}{advice}"


def _by_whom(port: int) -> str:
    """Return ``" by python (process 1234)"`` where Linux tells this user who listens; else ``""``."""
    sockets = {f"socket:[{inode}]" for inode in _listening(port)}
    owners: set[int] = set()
    for link in Path("/proc").glob("[0-9]*/fd/*") if sockets else ():
        # A process of somebody else, or one that has ended meanwhile.
        with suppress(OSError):
            if str(link.readlink()) in sockets:
                owners.add(int(link.parts[2]))
    with suppress(OSError, ValueError):
        # Workers hold their parent's socket; the parent is the older one.
        first = min(owners)
        name = Path(f"/proc/{first}/comm").read_text(encoding="utf-8", errors="replace").strip()
        return f" by {harmless_line(name)} (process {first})"
    return ""


def _listening(port: int) -> list[str]:
    """Return the inodes of the sockets that listen on a port, of proc_net_tcp(5)."""
    found: list[str] = []
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with suppress(OSError, ValueError, IndexError):
            for line in Path(table).read_text(encoding="ascii").splitlines()[1:]:
                fields = line.split()
                if fields[3] == "0A" and int(fields[1].rpartition(":")[2], 16) == port:
                    found.append(fields[9])
    return found
