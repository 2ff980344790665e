"""Disks that become full."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from server_needs import MISSING, skip

__all__ = ["ServerDisk", "server_disk", "small_disk"]


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


@dataclass(frozen=True)
class ServerDisk:
    """A small disk that every user may enter and write to, and that can be made fuller.

    Attributes:
        folder: Its root.
    """

    folder: Path

    def free(self) -> int:
        """Return how many bytes are free."""
        found = os.statvfs(self.folder)
        return found.f_bavail * found.f_frsize

    def fill(self, megabytes: int) -> None:
        """Leave so many MiB free, in place of what was left before, whatever a server writes meanwhile."""
        with (self.folder / "filler").open("ab") as file:
            while more := self.free() - (megabytes << 20):
                size = os.fstat(file.fileno()).st_size
                if more < 0:
                    file.truncate(max(0, size + more))
                    return
                with suppress(OSError):
                    os.posix_fallocate(file.fileno(), size, more)


@contextmanager
def server_disk(megabytes: int) -> Iterator[ServerDisk]:
    """Have a disk on which a server may have its data."""
    # Not pytest's own folder, which nobody else may enter.
    with tempfile.TemporaryDirectory(prefix="disk-") as folder:
        Path(folder).chmod(0o755)
        with small_disk(Path(folder) / "disk", megabytes) as disk:
            yield ServerDisk(disk)


def _skip(why: str) -> None:
    if os.geteuid() == 0:
        skip(why)
    # Who is not root may not, whatever is installed.
    MISSING[why] = MISSING.get(why, 0) + 1
    pytest.skip(why)
