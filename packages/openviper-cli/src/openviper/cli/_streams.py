"""The standard streams of this process: the ones that are closed, and the ones whose reader has gone."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress

__all__ = ["flush_streams", "reader_has_gone", "replace_closed_streams"]


def replace_closed_streams() -> None:
    """Put ``/dev/null`` where a standard stream is closed (``<&-``), whose number the next socket would get.

    What asks ``sys.stdin`` finds an input that is empty, and no terminal.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            number = os.open(os.devnull, os.O_RDWR)
            # For child processes it must not be closed either.
            os.set_inheritable(number, True)
            setattr(sys, name, os.fdopen(number, mode, encoding="utf-8", closefd=False))


def reader_has_gone() -> bool:
    """Tell whether who reads stdout or stderr has gone: ``| head -1``."""
    import select  # noqa: PLC0415 - only an error needs it

    poll = select.poll()
    for number in (1, 2):
        poll.register(number, 0)
    return any(state & (select.POLLERR | select.POLLHUP) for _, state in poll.poll(0))


def flush_streams() -> OSError | None:
    """Write what is still to be written; return why that cannot be done, a reader that has gone apart.

    What is left then goes to ``/dev/null``: Python would try again at its end, and complain.
    """
    failure: OSError | None = None
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError as error:
            failure = failure if error.errno == errno.EPIPE else error
            with suppress(OSError, ValueError):
                number = os.open(os.devnull, os.O_WRONLY)
                os.dup2(number, stream.fileno())
                os.close(number)
    return failure
