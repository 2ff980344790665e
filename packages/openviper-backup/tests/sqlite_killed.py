"""A program that restores a SQLite database, or backs one up, and is killed at a step.

    python sqlite_killed.py restore FILE URL STEP
    python sqlite_killed.py keep FILE URL STEP         (a restore that keeps the old data)
    python sqlite_killed.py backup FOLDER URL STEP

STEP may be ``overwrite after 2``: not when the step begins, but when it has told twice how far it is.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys

from openviper.backup.backup import backup_database
from openviper.backup.restore import restore_database


def killer(step: str):
    name, _, times = step.partition(" after ")
    left = [int(times or 0)]

    def look(progress):
        if progress.step == name and bool(progress.done) == bool(times):
            left[0] -= 1
            if left[0] <= 0:
                os.kill(os.getpid(), signal.SIGKILL)

    return look


if __name__ == "__main__":
    do, where, url, step = sys.argv[1:]
    if do == "backup":
        asyncio.run(backup_database(url, where, on_progress=killer(step)))
    else:
        asyncio.run(restore_database(where, url, force=True, keep_old=do == "keep", on_progress=killer(step)))
