"""Disks that become full."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from server_needs import MISSING, skip

__all__ = ["small_disk"]


@contextmanager
def small_disk(folder: Path, megabytes: int = 1) -> Iterator[Path]:
    """Have a file system of so many MiB in a folder, which is made; skip the test where none can be had."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", folder]
    mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    if mounted.returncode:
        _skip(f"No tmpfs can be mounted here ({mounted.stderr.strip()})")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


def _skip(why: str) -> None:
    if os.geteuid() == 0:
        skip(why)
    # Who is not root may not, whatever is installed.
    MISSING[why] = MISSING.get(why, 0) + 1
    pytest.skip(why)
