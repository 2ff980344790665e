"""Whether a folder is a project's in the root layout, and so an app itself."""

# pathlib would take longer than the looking.
# ruff: noqa: PTH113, PTH118

from __future__ import annotations

import os

from openviper.core.errors import ImproperlyConfigured
from openviper.core.projects import find_settings, search_folder

__all__ = ["has_root_layout"]


def has_root_layout(folder: str) -> bool:
    """Tell whether ``settings.py`` stands in ``folder``, absolute, and the project's settings are in no package.

    Where they cannot be found the file counts: whoever needs the settings says what is wrong with them.
    """
    if not os.path.isfile(os.path.join(folder, "settings.py")):
        return False
    try:
        # What the environment names are the settings of this process's project, and of no other folder's.
        is_own = os.path.realpath(folder) == os.path.realpath(search_folder())
        found = find_settings(folder, None if is_own else {})
    except ImproperlyConfigured:
        return True
    return found is None or "." not in found.module.partition(":")[0]
