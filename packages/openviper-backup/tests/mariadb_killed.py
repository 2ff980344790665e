"""Restore, and end by SIGKILL at a step: ``python mariadb_killed.py FILE URL STEP COUNT [resume|undo|in_place]``."""

from __future__ import annotations

import asyncio
import os
import signal
import sys

from openviper.backup.restore import restore_database
from openviper.backup.resume import resume_restore


def main(file: str, url: str, step: str, count: str, way: str = "") -> None:
    """Restore, or go on, up to the step when it comes for the ``count``th time; each step is printed."""
    left = int(count)

    def look(progress):
        nonlocal left
        if progress.done == 0:
            print(progress.step, flush=True)
        if progress.step == step and progress.done == 0:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    if way == "in_place":
        asyncio.run(restore_database(file, url, force=True, in_place=True, on_progress=look))
    elif way:
        asyncio.run(resume_restore(file, url, undo=way == "undo", on_progress=look))
    else:
        asyncio.run(restore_database(file, url, force=True, on_progress=look))


if __name__ == "__main__":
    main(*sys.argv[1:])
