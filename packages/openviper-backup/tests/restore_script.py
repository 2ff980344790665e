"""Restore in a process of its own, which sends itself a signal at a step.

``restore_script.py FILE URL STEP SIGNAL [OPTION …]``; an option is the name of one that is a switch, or ``verify``.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time

from openviper.backup.restore import restore_database
from openviper.backup.verify import verify_backup


async def main():
    file, url, step, number, *options = sys.argv[1:]
    begun = []

    def look(progress):
        name = "loading" if progress.step == "load" and progress.done else progress.step
        if name == step and not begun:
            begun.append(name)
            os.kill(os.getpid(), int(number))
            # Until the loop, on another thread, has cancelled us.
            time.sleep(0.3)

    if options == ["verify"]:
        work = verify_backup(file, url, on_progress=look)
    else:
        work = restore_database(file, url, force=True, on_progress=look, **dict.fromkeys(options, True))
    running = asyncio.ensure_future(work)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, running.cancel)
    try:
        print(await running)
    except asyncio.CancelledError:
        sys.exit(3)


if __name__ == "__main__":
    asyncio.run(main())
