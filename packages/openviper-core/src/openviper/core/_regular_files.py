"""Files of a fixed name: a pipe of that name would be waited for, and a link to nothing passed over in silence."""

# pathlib costs more than all of this module.
# ruff: noqa: PTH113, PTH116

from __future__ import annotations

import os
from stat import S_ISCHR, S_ISDIR, S_ISFIFO

from openviper.core.errors import ImproperlyConfigured

__all__ = ["is_regular_file", "kind_of"]


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


def kind_of(mode: int) -> str:
    """Return what is no regular file: ``"named pipe"``."""
    kinds = (S_ISFIFO, "named pipe"), (S_ISCHR, "device"), (S_ISDIR, "folder")
    return next((kind for is_kind, kind in kinds if is_kind(mode)), "special file")


def _kind(path: str) -> str:
    try:
        return kind_of(os.stat(path).st_mode)
    except OSError as error:
        return f"link that cannot be followed ({error.strerror})"
