"""Finding and reading templates, for the developers' and for the sandbox."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import jinja2

from openviper.core.email._attaching.beneath import HAS_DIR_FD, NotRegular, open_beneath
from openviper.core.email._rendering.template_names import check_path, check_template_name
from openviper.core.email._rendering.untrusted_names import is_untrusted
from openviper.core.email.errors import TemplateError

__all__ = ["ConfinedLoader", "TrustedLoader"]


class _Loader(jinja2.FileSystemLoader):
    """Reads the file that a name leads to, opened by its resolved path: what was checked is what is read."""

    def get_source(self, environment: jinja2.Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        self.check_name(template)
        for folder in self.searchpath:
            path = Path(folder, template)
            try:
                source, modified = self._read(template, Path(os.path.realpath(path)))
            except PermissionError as error:
                raise TemplateError(f"template {template!r:.200} cannot be read: {error.strerror}") from error
            except (NotRegular, OSError):
                # It is not there, or was exchanged a moment ago.
                continue
            return source, os.path.normpath(path), partial(_is_as_of, path, modified)
        raise jinja2.TemplateNotFound(template)

    def check_name(self, template: str) -> None:
        """Refuse a name that could lead elsewhere."""
        check_path(template)

    def _read(self, template: str, real: Path) -> tuple[str, float]:
        root = self.root_of(template, real)
        # Where folders have no descriptors, as on Windows, ordinary users can make no links.
        descriptor = open_beneath(root, real) if HAS_DIR_FD else os.open(real, os.O_RDONLY)
        with os.fdopen(descriptor, "rb") as file:
            return file.read().decode(self.encoding), os.fstat(descriptor).st_mtime

    def root_of(self, template: str, real: Path) -> Path:
        """Return a resolved folder from which a file is opened, if it may be."""
        raise NotImplementedError

    def roots(self, real: Path) -> list[Path]:
        """Return the searched folders that a file is in, resolved."""
        roots = (Path(os.path.realpath(each)) for each in self.searchpath)
        return [root for root in roots if real.is_relative_to(root)]


class TrustedLoader(_Loader):
    """Loads what the developers wrote, wherever their links lead, but nothing that is for the sandbox.

    Args:
        folders: Searched in this order.
        untrusted: Patterns of the names that are not loaded; a link to such a file is neither.
    """

    def __init__(self, folders: tuple[Path, ...], untrusted: tuple[str, ...]) -> None:
        super().__init__(folders)
        self._untrusted = untrusted

    def root_of(self, template: str, real: Path) -> Path:
        roots = self.roots(real)
        for name in (template, *(real.relative_to(root).as_posix() for root in roots)):
            if is_untrusted(name, self._untrusted):
                link = "" if name == template else f"leads to {name!r:.200}, which "
                raise TemplateError(
                    f"template {template!r:.200} {link}is one of EMAIL_UNTRUSTED_TEMPLATES and is used by one that is "
                    "not; expected a template of the developers, or that the one that uses it is untrusted too"
                )
        return roots[0] if roots else real.parent


class ConfinedLoader(_Loader):
    """Loads templates alone, and nothing that a link in a folder points to outside of it."""

    def check_name(self, template: str) -> None:
        check_template_name(template)

    def root_of(self, template: str, real: Path) -> Path:
        roots = self.roots(real)
        if not roots:
            raise jinja2.TemplateNotFound(template)
        return roots[0]


def _is_as_of(path: Path, modified: float) -> bool:
    try:
        return path.stat().st_mtime == modified
    except OSError:
        return False
