"""Printing the result of a command, whatever is in it and wherever it goes."""

from __future__ import annotations

import json
import os
import sys
from errno import EPIPE
from typing import Any

import click

from openviper.cli.errors import CommandLineError

__all__ = ["say", "say_json"]


def say(text: str, *, err: bool = False, nl: bool = True) -> None:
    """Print ``text``; what the stream has no characters for is written as an escape.

    Raises:
        CommandLineError: stdout does not take it: the disk is full, perhaps.
    """
    stream = sys.stderr if err else sys.stdout
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        click.echo(text.encode(encoding, "backslashreplace").decode(encoding), err=err, nl=nl)
    except OSError as error:
        # click ends in silence where the reader has gone: head has all it wants.
        if err or error.errno == EPIPE:
            raise
        _silence_stdout()
        raise CommandLineError(f"stdout cannot be written: {error.strerror}") from error


def say_json(value: Any) -> None:
    """Print ``value`` as JSON, in ASCII."""
    say(json.dumps(value, indent=2))


def _silence_stdout() -> None:
    # What Python still holds for it would be tried again at the end, and be the exit code.
    # https://docs.python.org/3/library/signal.html#note-on-sigpipe
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
