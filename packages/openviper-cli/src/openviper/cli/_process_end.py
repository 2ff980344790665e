"""The end of a server's process, which Python puts off for as long as one of its threads is at work."""

from __future__ import annotations

import os
import sys
import threading
import time

__all__ = ["end_now", "end_within"]

# Seconds for the last line, which nobody may be reading.
_FOR_A_LINE = 1.0


def end_within(seconds: float, code: int) -> None:
    """End this process after ``seconds`` with an exit code; harmless where it has ended by then.

    A request, a hook or a thread of the application's that waits for what never answers would keep it for ever: Python
    joins all threads but daemons (https://docs.python.org/3/library/threading.html#thread-objects), and asyncio those
    of ``to_thread()``.
    """
    threading.Thread(target=_end, args=(seconds, code), name="openviper-process-end", daemon=True).start()


def end_now(code: int) -> None:
    """End this process with an exit code, whatever is running in it."""
    last = threading.Thread(target=_flush, daemon=True)
    last.start()
    last.join(_FOR_A_LINE)
    os._exit(code)


def _end(seconds: float, code: int) -> None:
    time.sleep(seconds)
    line = f"Error: a thread of the application is still at work after {seconds:g} s; it is cut off\n"
    # Written past sys.stderr, whose lock that thread may hold.
    threading.Thread(target=os.write, args=(2, line.encode()), daemon=True).start()
    end_now(code)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:  # pyright: ignore[reportUnnecessaryComparison] - of a closed descriptor
            stream.flush()
