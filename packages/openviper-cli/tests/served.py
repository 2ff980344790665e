"""A server that a test starts."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from http.client import HTTPConnection

from processes import environment


class Served:
    """A server under test: its output so far, and its end."""

    def __init__(self, command, args, cwd, variables):
        self.process = subprocess.Popen(
            [sys.executable, *command, *args],
            cwd=cwd,
            env=environment(PYTHONUNBUFFERED="1", **variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.lines = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line)

    @property
    def output(self):
        return "".join(self.lines)

    def wait_for(self, text, count=1, timeout=40):
        """Wait until ``text`` has been printed ``count`` times."""
        deadline = time.monotonic() + timeout
        while self.output.count(text) < count:
            assert time.monotonic() < deadline, f"no {text!r} in: {self.output}"
            time.sleep(0.05)

    @property
    def port(self):
        self.wait_for("http://")
        return int(re.search(r"http://[^ ]+:(\d+) ", self.output)[1])

    def get(self, path="/", host="127.0.0.1", headers=None):
        """Return the body of one GET, as soon as connections are accepted."""
        self.wait_for_listener(host)
        connection = HTTPConnection(host, self.port, timeout=20)
        try:
            connection.request("GET", path, headers=headers or {})
            return connection.getresponse().read().decode()
        finally:
            connection.close()

    def wait_for_listener(self, host="127.0.0.1"):
        """Wait until connections are accepted, which is somewhat later than a start-up is complete."""
        deadline = time.monotonic() + 40
        while self.refuses_connections(host):
            assert time.monotonic() < deadline, self.output
            time.sleep(0.05)

    def refuses_connections(self, host="127.0.0.1"):
        """Tell whether nobody listens."""
        try:
            socket.create_connection((host, self.port), timeout=20).close()
        except ConnectionRefusedError:
            return True
        return False

    def end(self, number=signal.SIGTERM, *, group=False):
        """Send a signal, to the whole terminal's group if asked, and return the exit code."""
        if group:
            os.killpg(self.process.pid, number)
        else:
            self.process.send_signal(number)
        return self.wait()

    def wait(self):
        """Wait for the end and for the last of the output; return the exit code."""
        code = self.process.wait(40)
        self._reader.join(40)
        return code
