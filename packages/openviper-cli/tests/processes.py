"""The environment of the processes that tests start."""

from __future__ import annotations

import os


def environment(**variables):
    """Return this process's environment without what would steer OpenViper, pytest or the terminal."""
    unwanted = ("OPENVIPER", "PYTEST", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "COV_", "_OPENVIPER")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
    return kept | {"PYTHONDONTWRITEBYTECODE": "1"} | variables
