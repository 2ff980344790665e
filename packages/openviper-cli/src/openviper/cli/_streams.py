"""The standard streams of this process: closed, of few characters, full, or without a reader."""

from __future__ import annotations

import codecs
import errno
import io
import os
import sys
from contextlib import suppress
from typing import TextIO

import click

__all__ = ["flush_streams", "is_of_output", "prepare_streams", "reader_has_gone"]

_ASCII = "openviper_ascii"


def prepare_streams() -> None:
    """Put ``/dev/null`` where a standard stream is closed, and let an output take every character.

    A closed stream's (``<&-``) number would get the next socket. What asks ``sys.stdin`` finds an input that is empty,
    and no terminal. What an output has no character for is written to it as an escape.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            number = os.open(os.devnull, os.O_RDWR)
            # For child processes it must not be closed either.
            os.set_inheritable(number, True)
            setattr(sys, name, os.fdopen(number, mode, encoding="utf-8", closefd=False))
    for stream in (sys.stdout, sys.stderr):
        _let_escape(stream)


def _let_escape(stream: TextIO) -> None:
    # Not a caller's StringIO, which takes all.
    if not isinstance(stream, io.TextIOWrapper):
        return
    # Another choice of PYTHONIOENCODING's cannot fail either.
    errors = "backslashreplace" if stream.errors in ("strict", "surrogateescape") else stream.errors
    encoding = stream.encoding
    if codecs.lookup(encoding).name == "ascii":
        # click takes a stream of that name for a mistake, and writes UTF-8 past it.
        codecs.register(_find_ascii)
        encoding = _ASCII
    if (encoding, errors) != (stream.encoding, stream.errors):
        stream.reconfigure(encoding=encoding, errors=errors)


def _find_ascii(name: str) -> codecs.CodecInfo | None:
    if name != _ASCII:
        return None
    found = codecs.lookup("ascii")
    return codecs.CodecInfo(*found, found.incrementalencoder, found.incrementaldecoder, name)


def reader_has_gone() -> bool:
    """Tell whether who reads stdout or stderr has gone: ``| head -1``."""
    import select  # noqa: PLC0415 - only an error needs it

    poll = select.poll()
    for number in (1, 2):
        poll.register(number, 0)
    return any(state & (select.POLLERR | select.POLLHUP) for _, state in poll.poll(0))


def is_of_output(error: OSError) -> bool:
    """Tell whether ``error`` says that stdout or stderr cannot be written."""
    if error.filename is not None:
        return False
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    if last is not None and last.tb_frame.f_code is click.echo.__code__:
        return last.tb_frame.f_locals.get("file") in (sys.stdout, sys.stderr)
    # A print() of somebody's: what does not go out of its buffer does not do so now either.
    return any(map(_is_stuck, (sys.stdout, sys.stderr)))


def _is_stuck(stream: TextIO) -> bool:
    try:
        stream.flush()
    except (OSError, ValueError) as error:
        # A ValueError: it is closed.
        return isinstance(error, OSError)
    return False


def flush_streams() -> OSError | None:
    """Write what is still to be written; return why that cannot be done, a reader that has gone apart.

    What is left then goes to ``/dev/null``: Python would try again at its end, and complain.
    """
    failure: OSError | None = None
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except ValueError:
            # Closed, by a command itself: all it had was written.
            continue
        except OSError as error:
            failure = failure if error.errno == errno.EPIPE else error
            with suppress(OSError, ValueError):
                number = os.open(os.devnull, os.O_WRONLY)
                os.dup2(number, stream.fileno())
                os.close(number)
    return failure
