"""Files of a fixed name: a pipe of that name would be waited for, and a link to nothing passed over in silence."""

# pathlib costs more than all of this module.
# ruff: noqa: PTH112, PTH113, PTH116, PTH118

from __future__ import annotations

import os
from errno import EACCES
from stat import S_ISCHR, S_ISDIR, S_ISFIFO

from openviper.core.errors import ImproperlyConfigured

__all__ = ["check_readable", "is_regular_file", "kind_of"]


def is_regular_file(path: str) -> bool:
    """Tell whether a file is there.

    Raises:
        ImproperlyConfigured: Something else has its name.
    """
    # In this order, for most of what is looked for is not there.
    if not os.path.lexists(path):
        return False
    if not os.path.isfile(path):
        raise ImproperlyConfigured(f"{path} is a {_kind(path)}; expected a file, or nothing of that name")
    return True


def check_readable(folder: str, module: str) -> None:
    """Refuse a module that may stand in ``folder`` and cannot be read: it would be told as one that is not there.

    Raises:
        ImproperlyConfigured: A folder on the way to it, or the file, may not be read, or it is no file.
    """
    *packages, last = module.split(".")
    for each in (None, *packages):
        folder = folder if each is None else os.path.join(folder, each)
        if not os.path.isdir(folder):
            return
        _check_access(folder, os.R_OK | os.X_OK)
        if each is not None:
            _check_file(os.path.join(folder, "__init__.py"))
    package = os.path.join(folder, last)
    _check_access(package, os.R_OK | os.X_OK)
    _check_file(f"{package}.py")
    _check_file(os.path.join(package, "__init__.py"))


def _check_file(path: str) -> None:
    if is_regular_file(path):
        _check_access(path, os.R_OK)


def _check_access(path: str, mode: int) -> None:
    if os.path.lexists(path) and not os.access(path, mode):
        raise ImproperlyConfigured(f"{path} cannot be read: {os.strerror(EACCES)}")


def kind_of(mode: int) -> str:
    """Return what is no regular file: ``"named pipe"``."""
    kinds = (S_ISFIFO, "named pipe"), (S_ISCHR, "device"), (S_ISDIR, "folder")
    return next((kind for is_kind, kind in kinds if is_kind(mode)), "special file")


def _kind(path: str) -> str:
    try:
        return kind_of(os.stat(path).st_mode)
    except OSError as error:
        return f"link that cannot be followed ({error.strerror})"
