"""A server that starts anew when a file of the project changes; for development."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click
from watchfiles import Change, DefaultFilter, watch

from openviper.cli._supervisor import ServerProcess, StopRequest, end_all

if TYPE_CHECKING:
    import socket
    from pathlib import Path

    from openviper.cli._server import ServerOptions

__all__ = ["ProjectFiles", "run_reloading"]


class ProjectFiles(DefaultFilter):
    """Python files, ``.env`` and ``pyproject.toml`` below a folder, and none of an environment that lies in it."""

    ignore_dirs = (*DefaultFilter.ignore_dirs, "venv", "site-packages", "build", "dist")

    def __init__(self, root: Path) -> None:
        environments = [each for each in root.iterdir() if (each / "pyvenv.cfg").is_file()]
        super().__init__(ignore_paths=environments)

    def __call__(self, change: Change, path: str) -> bool:
        return path.endswith((".py", "/.env", "/pyproject.toml")) and super().__call__(change, path)


def run_reloading(options: ServerOptions, listener: socket.socket) -> int:
    """Serve until SIGINT or SIGTERM, starting anew after each change below ``options.root``; return 0.

    Where the application fails to start, its traceback is shown once and the next change tries again.
    """
    root = options.root
    with StopRequest() as request:
        server = ServerProcess(options, listener)
        told = False
        for changes in watch(
            root,
            watch_filter=ProjectFiles(root),
            stop_event=request.event,
            rust_timeout=500,
            yield_on_timeout=True,
            ignore_permission_denied=True,
        ):
            if changes:
                click.echo(f"Reloading: {_names(root, changes)}", err=True)
                end_all([server], request)
                if request.event.is_set():
                    break
                server, told = ServerProcess(options, listener), False
            elif server.exit_code is not None and not told:
                click.echo("The server has ended; the next change of a file starts it again.", err=True)
                told = True
        end_all([server], request)
    return 0


def _names(root: Path, changes: set[tuple[Change, str]]) -> str:
    names = sorted({os.path.relpath(path, root) for _, path in changes})
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
