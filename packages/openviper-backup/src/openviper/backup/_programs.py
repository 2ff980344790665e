"""Programs on PATH, and how one is started: in a session of its own, its streams as pipes, its messages in English."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from openviper.backup.errors import ToolFailed, ToolMissing

__all__ = ["Tool", "find_tool", "pipe_size", "shown_code", "start_program"]

_PIPE = 1 << 20


@dataclass(frozen=True, slots=True)
class Tool:
    """A program that was found.

    Attributes:
        path: Absolute.
        name: As it is called in messages.
    """

    path: str
    name: str


def find_tool(names: Sequence[str], engine_title: str, package_hint: str) -> Tool:
    """Return the first of some programs that is on PATH.

    Args:
        names: The best first.
        engine_title: Who needs it: ``PostgreSQL``.
        package_hint: How it is installed: ``apt-get install postgresql-client``.

    Raises:
        ToolMissing: None is.
    """
    for name in names:
        if path := shutil.which(name):
            return Tool(str(Path(path).absolute()), name)
    which = " or ".join(repr(name) for name in names)
    raise ToolMissing(f"{which} is not on PATH, and {engine_title} needs it; install it: {package_hint}")


def _environment(changes: Mapping[str, str | None]) -> dict[str, str]:
    merged: dict[str, str | None] = {**os.environ, "LC_ALL": "C", "LANGUAGE": None, **changes}
    return {name: value for name, value in merged.items() if value is not None}


def start_program(
    tool: Tool, arguments: Sequence[str], changes: Mapping[str, str | None], *, stdin: bool, output: bool
) -> subprocess.Popen[bytes]:
    """Start a program.

    Raises:
        ToolFailed: It cannot be started.
    """
    try:
        process = subprocess.Popen(  # noqa: S603 - a list of arguments, never a shell
            [tool.path, *arguments],
            bufsize=0,
            stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
            stdout=subprocess.PIPE if output else subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=_environment(changes),
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        raise ToolFailed(f"{tool.path!r} cannot be started: {error}", tool=tool.name, exit_code=127) from error
    for pipe in (process.stdin, process.stdout):
        _widen(pipe)
    return process


def _widen(pipe: IO[bytes] | None) -> None:
    """Give a pipe 1 MiB where the system has this and the user's share allows it."""
    if pipe is not None and hasattr(fcntl, "F_SETPIPE_SZ"):
        with contextlib.suppress(OSError):
            fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, _PIPE)


def pipe_size(descriptor: int) -> int:
    """Return how many bytes a pipe holds; 0 where that is not known."""
    if hasattr(fcntl, "F_GETPIPE_SZ"):
        with contextlib.suppress(OSError):
            return fcntl.fcntl(descriptor, fcntl.F_GETPIPE_SZ)
    return 0


def shown_code(code: int) -> str:
    """Return an exit code as messages have it; of a signal, with its name."""
    try:
        return str(code) if code >= 0 else f"{code} ({signal.Signals(-code).name})"
    except ValueError:
        return str(code)
