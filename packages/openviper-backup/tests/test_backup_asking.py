"""The question on a terminal; what is typed there is tried with the commands."""

from __future__ import annotations

import io
import os
import pty
import sys

from openviper.backup._terminal.asking import asker


def test_a_terminal_that_goes(monkeypatch):
    """A question whose terminal is gone is answered by no."""
    master, slave = pty.openpty()
    with io.FileIO(slave, "r+") as terminal:
        monkeypatch.setattr(sys, "stdin", terminal)
        monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(terminal, write_through=True))
        ask = asker()
        os.close(master)
        assert ask("Replace it?") is False


def test_nobody_to_ask(monkeypatch, tmp_path):
    """Where one of both streams is missing or no terminal, nobody is asked."""
    for stdin, stderr in ((None, None), (None, sys.stderr)):
        monkeypatch.setattr(sys, "stdin", stdin)
        monkeypatch.setattr(sys, "stderr", stderr)
        assert asker() is None
