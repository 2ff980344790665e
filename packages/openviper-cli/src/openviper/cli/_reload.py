"""A server that starts anew when a file of the project changes; for development."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click
from watchfiles import Change, DefaultFilter, watch

from openviper.cli._supervisor import ServerProcess, StopRequest, end_all
from openviper.cli.errors import CommandLineError
from openviper.core.terminal_text import harmless_line

if TYPE_CHECKING:
    import socket
    from pathlib import Path

    from openviper.cli._server_configuration import ServerOptions

__all__ = ["ProjectFiles", "run_reloading"]


# Seconds for the end of a server whose files have changed: for open requests, and a shutdown hook's SHUTDOWN_TIMEOUT.
_LONGEST = 12.0


class ProjectFiles(DefaultFilter):
    """Python files, ``.env`` and ``pyproject.toml`` below a folder, and none of an environment that lies in it."""

    ignore_dirs = (*DefaultFilter.ignore_dirs, "venv", "site-packages", "build", "dist")

    def __init__(self, root: Path) -> None:
        # Not is_file(), which raises for a folder that may not be entered.
        environments = [each for each in root.iterdir() if os.path.isfile(each / "pyvenv.cfg")]  # noqa: PTH113
        super().__init__(ignore_paths=environments)

    def __call__(self, change: Change, path: str) -> bool:
        return path.endswith((".py", "/.env", "/pyproject.toml")) and super().__call__(change, path)


def run_reloading(options: ServerOptions, listener: socket.socket) -> int:
    """Serve until SIGINT or SIGTERM, starting anew after each change below ``options.root``; return 0.

    Where the application fails to start, its traceback is shown once and the next change tries again.

    Raises:
        CommandLineError: The folder cannot be watched; the server is ended then.
    """
    with StopRequest() as request:
        reloaded = _Reloaded(options, listener)
        try:
            _follow(reloaded, request)
        # watchfiles' own error for a lack of inotify watches is a RuntimeError.
        except (OSError, RuntimeError) as error:
            raise CommandLineError(f"{options.root} cannot be watched: {error}; serve it with --no-reload") from error
        finally:
            end_all([reloaded.server], request)
    return 0


class _Reloaded:
    """The server of now."""

    def __init__(self, options: ServerOptions, listener: socket.socket) -> None:
        self.options = options
        self._listener = listener
        self.server = ServerProcess(options, listener)
        self._told = False

    def start_anew(self, changes: set[tuple[Change, str]], request: StopRequest) -> None:
        click.echo(f"Reloading: {_names(self.options.root, changes)}", err=True)
        end_all([self.server], request, longest=_LONGEST)
        if not request.event.is_set():
            self.server, self._told = ServerProcess(self.options, self._listener), False

    def tell_its_end(self) -> None:
        if self.server.exit_code is not None and not self._told:
            click.echo("The server has ended; the next change of a file starts it again.", err=True)
            self._told = True


def _follow(reloaded: _Reloaded, request: StopRequest) -> None:
    root = reloaded.options.root
    for changes in watch(
        root,
        watch_filter=ProjectFiles(root),
        stop_event=request.event,
        rust_timeout=500,
        yield_on_timeout=True,
        ignore_permission_denied=True,
    ):
        if changes:
            reloaded.start_anew(changes, request)
        else:
            reloaded.tell_its_end()


def _names(root: Path, changes: set[tuple[Change, str]]) -> str:
    names = sorted({os.path.relpath(path, root) for _, path in changes})
    return harmless_line(", ".join(names[:3])) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
