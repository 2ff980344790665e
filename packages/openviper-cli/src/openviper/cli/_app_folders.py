"""The folders of the installed apps, asked in a process of its own.

Reading INSTALLED_APPS imports the project's settings, and what a test run finds imported already it neither rewrites
nor measures.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading

from openviper.cli._foreign_code import stdout_kept
from openviper.cli.errors import CommandLineError
from openviper.core.errors import OpenViperError
from openviper.core.projects import FoundSettings, Root, chosen_settings, search_folder, search_from
from openviper.core.terminal_text import harmless_line

__all__ = ["app_folders"]

# Seconds for the settings, and the imports of the apps' packages.
_LIMIT = 60.0


def app_folders() -> dict[str, str]:
    """Return the folder of each installed app by its name, and in the root layout the project's own by the folder's.

    Raises:
        CommandLineError: The settings cannot be used, or not within a minute.
    """
    given = json.dumps([sys.path, search_folder(), chosen_settings()])
    result = _run([sys.executable, "-P", "-m", "openviper.cli._app_folders", given])
    try:
        folders: dict[str, str] = json.loads(result.stdout)
    except ValueError:
        reason = (result.stderr.strip().splitlines() or [f"exit code {result.returncode}"])[-1]
        raise CommandLineError(f"the installed apps cannot be asked for: {harmless_line(reason)}") from None
    return folders


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a process that ends with this one, be it killed: its stdin is a pipe of which nobody else has an end."""
    theirs, ours = os.pipe()
    try:
        return subprocess.run(  # noqa: S603
            command, stdin=theirs, capture_output=True, text=True, check=False, env=_environment(), timeout=_LIMIT
        )
    except subprocess.TimeoutExpired:
        reason = f"the settings are still being read after {_LIMIT:g} s"
        raise CommandLineError(f"the installed apps cannot be asked for: {reason}") from None
    finally:
        os.close(theirs)
        os.close(ours)


def _end_with_parent() -> None:
    parent, nothing = os.dup(0), os.open(os.devnull, os.O_RDONLY)
    # What a settings module asks for is answered by nobody.
    os.dup2(nothing, 0)
    threading.Thread(target=_wait_and_end, args=(parent,), daemon=True).start()


def _wait_and_end(parent: int) -> None:
    os.read(parent, 1)
    os._exit(1)


def _environment() -> dict[str, str]:
    # openviper itself may stand on a path that only this process was given.
    return {**os.environ, "PYTHONPATH": os.pathsep.join(each for each in sys.path if each)}


def _answer(path: list[str], folder: str, chosen: tuple[str, str, list[tuple[str, str]]] | None) -> dict[str, str]:
    sys.path[:] = path
    search_from(folder, chosen and FoundSettings(*chosen[:2], tuple(Root(*each) for each in chosen[2])))
    # It reads the settings, which only the process that was started for it may do.
    from openviper.core.app_resolver import AppResolver  # noqa: PLC0415

    resolver = AppResolver()
    folders = {app: resolver.find(app) for app in resolver.apps}
    name = resolver.root.name
    # A label goes before it, as everywhere.
    if resolver.root_is_app() and name not in {app.rpartition(".")[2] for app in folders}:
        folders[name] = resolver.root
    return {app: str(folder) for app, folder in folders.items() if folder is not None}


if __name__ == "__main__":
    _end_with_parent()
    try:
        with stdout_kept():
            answer = _answer(*json.loads(sys.argv[1]))
    except OpenViperError as error:
        sys.exit(str(error))
    sys.stdout.write(json.dumps(answer))
