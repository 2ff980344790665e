"""Whether this process is one of several that serve the same application."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

__all__ = ["has_siblings"]

_SPAWNED = b"--multiprocessing-fork"


def has_siblings() -> bool:
    """Tell whether the parent of this process has other children of its kind: the workers of a server.

    Servers start workers in one of two ways. Those that fork (gunicorn) have children with their own command line;
    those that spawn (uvicorn, openviper) have children whose command line is multiprocessing's. A server that reloads
    has one child. Where there is no ``/proc``, ``WEB_CONCURRENCY`` is believed, which such servers read.
    """
    parent = os.getppid()
    try:
        own = _kind(os.getpid(), parent)
        kinds = [_kind(child, parent) for child in _children(parent)]
    except OSError:
        # No /proc, or the parent is in another container.
        concurrency = os.environ.get("WEB_CONCURRENCY", "")
        return concurrency.isdecimal() and int(concurrency) > 1
    return own != b"" and kinds.count(own) > 1


def _children(parent: int) -> list[int]:
    tasks = list(Path(f"/proc/{parent}/task").iterdir())
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]


def _kind(process: int, parent: int) -> bytes:
    """Return what workers of one server have in common; empty for what is none."""
    command = b""
    with suppress(FileNotFoundError, ProcessLookupError):
        # Another one may have ended since it was listed.
        command = Path(f"/proc/{process}/cmdline").read_bytes()
    if _SPAWNED in command.split(b"\0"):
        return _SPAWNED
    return command if command == Path(f"/proc/{parent}/cmdline").read_bytes() else b""
