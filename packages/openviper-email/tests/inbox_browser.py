"""Chromium without a window, driven by the Chrome DevTools Protocol over two pipes, and a server that counts.

https://chromedevtools.github.io/devtools-protocol/ - JSON messages that end in NUL; the browser reads its file
descriptor 3 and writes to 4 (``--remote-debugging-pipe``), so that no port is open to anybody else.
"""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

__all__ = ["Browser", "Elsewhere", "find_chromium"]

SECONDS = 20
OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-breakpad",
    "--disable-dev-shm-usage",
    "--password-store=basic",
    "--remote-debugging-pipe",
)


def find_chromium() -> str | None:
    """Return the path of Chromium or Chrome; ``None``: there is none on PATH."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


class Browser:
    """One window with one page. What it does blocks: call it in a thread."""

    def __init__(self, program: str) -> None:
        self._program = program
        self._sent = 0
        self._unread = b""
        self._answers: dict[int, dict[str, Any]] = {}
        self._session: str | None = None
        self._loaded = False

    def __enter__(self) -> Browser:
        # Not below TMPDIR, which may be long: the browser makes a socket in it, whose path has room for 107 bytes.
        self._profile = tempfile.mkdtemp(prefix="browser-", dir="/tmp")
        try:
            self._start()
            page = self.call("Target.createTarget", url="about:blank")["targetId"]
            self._session = self.call("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
            self.call("Page.enable")
            self.call("Page.setLifecycleEventsEnabled", enabled=True)
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def look(self, width: int, height: int, scheme: str = "light") -> None:
        """Be a screen of this size, of somebody who likes pages ``light`` or ``dark``."""
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def open(self, address: str) -> None:
        """Go to ``address`` and wait until all of the page is there, with its frames."""
        self._loaded = False
        error = self.call("Page.navigate", url=address).get("errorText")
        assert not error, f"{address}: {error}"
        self.wait_for_page()

    def wait_for_page(self) -> None:
        deadline = time.monotonic() + SECONDS
        while not self._loaded:
            self._read(deadline)

    def pause(self, seconds: float) -> None:
        """Let the page do what it would do."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self._read(deadline, must=False)

    def run(self, script: str) -> Any:
        """Run JavaScript in the page; return the value of its last expression, awaited."""
        answer = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def press(self, selector: str) -> None:
        """Click what the selector finds, and wait for the page that comes."""
        self._loaded = False
        self.run(f"document.querySelector({json.dumps(selector)}).click()")
        self.wait_for_page()

    def click_at(self, x: float, y: float) -> None:
        """Press the mouse there, whichever frame it is in."""
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def screenshot(self) -> bytes:
        """Return what is seen, as PNG."""
        return base64.b64decode(self.call("Page.captureScreenshot")["data"])

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._sent += 1
        message = {"id": self._sent, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + SECONDS
        while self._sent not in self._answers:
            self._read(deadline)
        answer = self._answers.pop(self._sent)
        assert "result" in answer, f"{method}: {answer.get('error')}"
        return answer["result"]

    def _start(self) -> None:
        to_read, self._to = os.pipe()
        self._from, to_write = os.pipe()
        # The shell puts the pipes where the browser looks for them.
        script = f'exec "$@" 3<&{to_read} 4>&{to_write}'
        self._process = subprocess.Popen(
            ["/bin/bash", "-c", script, "bash", self._program, *OPTIONS, f"--user-data-dir={self._profile}"],
            pass_fds=(to_read, to_write),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "HOME": self._profile, "TMPDIR": self._profile},
            start_new_session=True,
        )
        os.close(to_read)
        os.close(to_write)

    def _end(self) -> None:
        if hasattr(self, "_process"):
            os.close(self._to)
            deadline = time.monotonic() + SECONDS
            # Not reaped before its group is ended: until then its id is nobody else's.
            while time.monotonic() < deadline:
                if os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                    break
                time.sleep(0.02)
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            os.close(self._from)
        shutil.rmtree(self._profile, ignore_errors=True)

    def _read(self, deadline: float, *, must: bool = True) -> None:
        ready, _, _ = select.select([self._from], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            assert not must, "the browser said nothing in time"
            return
        data = os.read(self._from, 1 << 20)
        assert data, "the browser has ended"
        *messages, self._unread = (self._unread + data).split(b"\0")
        for each in messages:
            message = json.loads(each)
            if "id" in message:
                self._answers[message["id"]] = message
            elif message["method"] == "Page.loadEventFired":
                self._loaded = True


class Elsewhere(ThreadingHTTPServer):
    """Another server, which counts who connects and keeps what is asked for.

    Attributes:
        connections: How many there were.
        asked: Method, path and headers of each request.
        page: What it answers.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.connections = 0
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self.page = b"<!doctype html><title>elsewhere</title>"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def get_request(self) -> Any:
        self.connections += 1
        return super().get_request()

    def __enter__(self) -> Elsewhere:
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Elsewhere
    timeout = 5

    def do_GET(self) -> None:
        self.server.asked.append(
            (self.command, self.path, {name.lower(): value for name, value in self.headers.items()})
        )
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(self.server.page)))
        self.end_headers()
        self.wfile.write(self.server.page)

    do_POST = do_GET  # noqa: N815 - the name that the server looks for

    def log_message(self, *_: object) -> None:
        """Be quiet."""
