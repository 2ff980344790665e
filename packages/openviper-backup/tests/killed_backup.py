"""Make a backup in a folder, and be killed by SIGKILL: ``FOLDER STEP TIME DONE FILES [RECIPIENT]``.

At the so-manyth beginning of a step, once so many bytes of it are done. ``FILES``: ``links``; ``renameat2``, where
there are none; or ``rename``, where there is neither, and the kill comes at the first file that is renamed.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
from pathlib import Path

from dump_script import order

from openviper.backup import _durable
from openviper.backup._writing.making import make_backup
from openviper.backup.encryption import parse_recipients
from openviper.backup.job import Job

folder, step, time, done, files = sys.argv[1:6]
begun: list[str] = []


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def look(progress) -> None:
    if not progress.done:
        begun.append(progress.step)
    if progress.step == step and begun.count(step) == int(time) and progress.done >= int(done):
        kill()


def refuse(*_arguments, **_options):
    raise OSError(errno.EOPNOTSUPP, "Operation not supported")


if files != "links":
    os.link = refuse
if files == "rename":
    _durable._renameat2 = refuse
    sys.addaudithook(lambda event, _arguments: kill() if event == "os.rename" else None)
with Job(on_progress=look) as job:
    make_backup(order(Path(folder), recipients=parse_recipients(sys.argv[6:])), job)
