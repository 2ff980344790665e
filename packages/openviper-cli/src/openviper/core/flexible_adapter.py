"""From a command line to a project whose settings can be loaded.

``openviper viperctl`` uses it, and so does the ``viperctl.py`` of a project::

    from pathlib import Path

    from openviper.core.flexible_adapter import FlexibleAdapter

    if __name__ == "__main__":
        raise SystemExit(FlexibleAdapter(directory=Path(__file__).resolve().parent).run())
"""

from __future__ import annotations

import os
import sys
from functools import cached_property
from typing import TYPE_CHECKING

from openviper.cli._project import Project, as_path, find_project
from openviper.cli._project_targets import names_project
from openviper.cli.errors import ProjectError
from openviper.core.projects import SETTINGS_VARIABLE, chosen_settings, search_from

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["FlexibleAdapter", "Project"]


class FlexibleAdapter:
    """Find a project, make its settings the ones in force, and run management commands in it.

    No file is written and the current directory stays what it is.

    Args:
        settings: The settings module (``--settings``); ``None``: it is looked for.
        directory: Where to look; ``None``: the current directory.
    """

    def __init__(self, settings: str | None = None, *, directory: str | os.PathLike[str] | None = None) -> None:
        self.settings = settings
        self._given = directory
        #: What :meth:`bootstrap` found.
        self.project: Project | None = None

    @cached_property
    def directory(self) -> Path:
        """Where the project is looked for, absolute.

        Raises:
            ProjectError: It is the current directory, and that was deleted.
        """
        return as_path(self._folder)

    @cached_property
    def _folder(self) -> str:
        try:
            return os.getcwd() if self._given is None else str(as_path(self._given).absolute())  # noqa: PTH109
        except OSError as error:
            raise ProjectError(
                "the current directory, where the project is looked for, does not exist any more; "
                "change to one that does"
            ) from error

    def is_project(self, word: str) -> bool:
        """Tell whether a bare word is a target, a folder with settings or a project; never with ``--settings``."""
        return self.settings is None and names_project(word, self._folder)

    def find(self, target: str | None = None) -> Project | None:
        """Return the project for a target, or ``None`` where there is none.

        Args:
            target: ``"."``, a module path, or ``None``.

        Raises:
            ProjectError: There is a project and it cannot be told which, or the target has none.
        """
        return find_project(self._folder, settings=self.settings, target=target)

    def bootstrap(self, target: str | None = None) -> Project | None:
        """Find the project, make it importable and set ``OPENVIPER_SETTINGS_MODULE``, for child processes too.

        Its folder is where ``.env`` and the apps are looked for from now on, whatever the current directory is.

        Raises:
            ProjectError: As :meth:`find`.
        """
        # What an earlier call has put into the variable keeps the name of who named it.
        search_from(self._folder, chosen_settings())
        self.project = self.find(target)
        if self.project is not None:
            path = self.project.import_folder
            if path in sys.path:
                sys.path.remove(path)
            sys.path.insert(0, path)
            search_from(self.project.folder, self.project.found)
            os.environ[SETTINGS_VARIABLE] = self.project.settings_module
        return self.project

    def run(self, args: Sequence[str] | None = None) -> int:
        """Run a management command, as ``openviper viperctl`` does, and return its exit code.

        Args:
            args: The command's name and what follows it; ``None``: this process's command line.
        """
        try:
            # click is needed only here: finding a project works without it, and its import takes longest.
            from openviper.cli._run_command import run_command  # noqa: PLC0415
            from openviper.cli._viperctl import viperctl  # noqa: PLC0415
        except KeyboardInterrupt:
            return 130
        return run_command(viperctl, None if args is None else list(args), obj=self)
