"""The environment of the processes that tests start."""

from __future__ import annotations

import os

# What root runs with this may read no more than its owner and the modes of files allow.
UNPRIVILEGED = (
    ("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all") if os.geteuid() == 0 else ()
)


def environment(**variables):
    """Return this process's environment without what would steer OpenViper, pytest or the terminal."""
    unwanted = ("OPENVIPER", "PYTEST", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "COV_", "_OPENVIPER")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
    return kept | {"PYTHONDONTWRITEBYTECODE": "1"} | variables
