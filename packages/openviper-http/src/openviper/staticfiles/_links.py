"""Links among static files: what one leads to is published, so it must be the project's, or the app's that has it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from openviper.core.app_resolver import AppResolver

from ._places import in_project, shown
from .errors import StaticFilesError

__all__ = ["Links"]


class Links:
    """Which links are followed: those that lead into a source folder, the project, or the package of their own app.

    Args:
        folders: All source folders.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self._everywhere = [each.resolve() for each in (in_project("."), *folders) if each.is_dir()]
        self._apps = {each / "static": each for each in AppResolver().get_app_dirs(warn=False)}

    def refuse_outside(self, path: Path, folder: Path) -> None:
        """Refuse a link in ``folder`` that leads elsewhere; what is no link is none.

        Raises:
            StaticFilesError: It does.
        """
        if not path.is_symlink():
            return
        target = path.resolve()
        if not any(target.is_relative_to(each) for each in (*self._everywhere, *self._package(folder))):
            raise StaticFilesError(
                f"{shown(path)} is a link to {shown(target)}, outside of the project, and nothing was collected; put a "
                "copy in its place, or name the folder that it leads to in STATICFILES_DIRS"
            )

    def _package(self, folder: Path) -> list[Path]:
        app = self._apps.get(folder)
        # An installer may link each single file of a package (uv --link-mode=symlink): its code says where it is.
        return [] if app is None else [app.resolve(), (app / "__init__.py").resolve().parent]
