"""A terminal at which a test types."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
import time

from processes import environment


class Terminal:
    """A terminal with ``openviper`` at it."""

    def __init__(self, command, args, cwd, variables):
        self.shown = b""
        self._fd, slave = pty.openpty()
        login = "import os, sys; os.login_tty(0); os.execv(sys.argv[1], sys.argv[1:])"
        self.process = subprocess.Popen(
            [sys.executable, "-c", login, sys.executable, *command, *args],
            cwd=cwd,
            env=environment(TERM="xterm", PROMPT_TOOLKIT_NO_CPR="1", **variables),
            stdin=slave,
            stdout=slave,
            stderr=slave,
        )
        os.close(slave)

    @property
    def text(self):
        """What it has shown so far, without colours and the like."""
        return re.sub(r"\x1b(\[[0-9;?]*[A-Za-z]|\][^\x07]*\x07|[=>])", "", self.shown.decode(errors="replace"))

    def type(self, keys):
        """Press keys; ``\\x03`` is Ctrl-C, ``\\x04`` the end of the input."""
        os.write(self._fd, keys.encode())

    def wait_for(self, text, count=1):
        """Wait until it has shown ``text`` ``count`` times."""
        self._read_until(lambda: self.text.count(text) >= count, f"no {text!r}")

    def wait(self):
        """Wait for the end of the command; return its exit code."""
        self._read_until(lambda: self.process.poll() is not None, "no end")
        self._read(0)
        return self.process.returncode

    def close(self):
        """End the command, whatever it does."""
        self.process.kill()
        self.process.wait()
        os.close(self._fd)

    def _read_until(self, is_so, complaint):
        deadline = time.monotonic() + 60
        while not is_so():
            assert time.monotonic() < deadline, f"{complaint} in: {self.text}"
            self._read(0.05)

    def _read(self, seconds):
        while select.select([self._fd], [], [], seconds)[0]:
            try:
                self.shown += os.read(self._fd, 1 << 16)
            except OSError:  # as Linux says that nobody is at the terminal any more
                time.sleep(seconds)
                return
