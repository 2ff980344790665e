"""A real browser, Chromium without a window, driven by the Chrome DevTools Protocol over two pipes.

https://chromedevtools.github.io/devtools-protocol/ - JSON messages that end in NUL; the browser reads its file
descriptor 3 and writes to 4 (``--remote-debugging-pipe``), so that no port is open to anybody else.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import shutil
import signal
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any

from running import ANSWER, START, expect

__all__ = ["Browser", "find_chromium"]

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
    "--window-size=1000,800",
    "--remote-debugging-pipe",
)


def find_chromium() -> str | None:
    """Return the path of Chromium or Chrome; ``None``: there is none on PATH."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


class Browser:
    """One window with one page.

    Args:
        program: Of Chromium.
        patience: Seconds for one answer, or one page; a wait that is longer ends in a ``Surprise``.

    Attributes:
        address: Of the page that is shown.
        status: Of the response that brought it.
        complaints: What the browser wrote to its console since the page was opened: errors of scripts, what a
            Content-Security-Policy kept out, requests that failed; each with the address that it is about, if any.
    """

    def __init__(self, program: str, patience: float = ANSWER) -> None:
        self._program = program
        self._patience = patience
        self.address = ""
        self.status = 0
        self.complaints: list[str] = []
        self._loaded = False
        self._sent = 0
        self._unread = b""
        self._answers: dict[int, dict[str, Any]] = {}
        self._session: str | None = None

    def __enter__(self) -> Browser:
        # Not below TMPDIR, which may be long: the browser makes a socket in it, whose path has room for 107 bytes.
        self._profile = Path(tempfile.mkdtemp(prefix="browser-", dir="/tmp"))
        try:
            self._start()
            page = self._call("Target.createTarget", url="about:blank", patience=START)["targetId"]
            self._session = self._call("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
            for domain in ("Page", "Runtime", "Network", "Log"):
                self._call(f"{domain}.enable")
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._end()

    def open(self, address: str) -> None:
        """Go to ``address`` and wait until all of the page is there."""
        self._loaded = False
        self.complaints.clear()
        error = self._call("Page.navigate", url=address).get("errorText")
        expect(not error, f"{address} cannot be opened: {error}")
        self.wait_for_page()

    def submit(self, **fields: str) -> None:
        """Type into the fields of the page's first form, press its button, and wait for the page that comes next."""
        for name, text in fields.items():
            self.run(f"document.forms[0].elements[{json.dumps(name)}].select()")
            self._call("Input.insertText", text=text)
        self._loaded = False
        self.complaints.clear()
        self.run("document.forms[0].querySelector('button, [type=submit]').click()")
        self.wait_for_page()

    def wait_for_page(self, address: str = "") -> None:
        """Wait until a page has loaded; with ``address``: the one that is there."""
        deadline = time.monotonic() + self._patience
        while not self._loaded or not self.address.startswith(address):
            self._read(deadline, f"a page at {address or 'any address'}; it is at {self.address}")

    def run(self, script: str) -> Any:
        """Run JavaScript in the page; return the value of its last expression, awaited, as JSON would have it."""
        answer = self._call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        failure = answer.get("exceptionDetails", {}).get("exception", {})
        expect("exceptionDetails" not in answer, f"the page's script failed: {failure.get('description')}")
        return answer["result"].get("value")

    @property
    def text(self) -> str:
        """What a reader sees."""
        return str(self.run("document.body.innerText"))

    @property
    def frame_text(self) -> str:
        """What a reader sees in the page's only frame: a page of its own to the browser, where it is sandboxed."""
        targets = self._call("Target.getTargets")["targetInfos"]
        frames = [each["targetId"] for each in targets if each["type"] == "iframe"]
        expect(len(frames) == 1, f"the page has {len(frames)} sandboxed frames")
        page = self._session
        self._session = self._call("Target.attachToTarget", targetId=frames[0], flatten=True)["sessionId"]
        try:
            # Its complaints so far are told again.
            self._call("Log.enable")
            return self.text
        finally:
            self._session = page

    def screenshot(self, path: Path) -> None:
        """Write the page to a PNG file, all of its length."""
        picture = self._call("Page.captureScreenshot", captureBeyondViewport=True)["data"]
        path.write_bytes(base64.b64decode(picture))

    def _start(self) -> None:
        to_read, self._to = _high(os.pipe())
        self._from, to_write = _high(os.pipe())
        actions = [
            *((os.POSIX_SPAWN_OPEN, each, os.devnull, os.O_RDWR, 0) for each in range(3)),
            (os.POSIX_SPAWN_DUP2, to_read, 3),
            (os.POSIX_SPAWN_DUP2, to_write, 4),
        ]
        # A group of its own, so that none of its many processes is left over. Nothing of it is written elsewhere.
        self._process = os.posix_spawn(
            self._program,
            [self._program, *OPTIONS, f"--user-data-dir={self._profile}"],
            {**os.environ, "HOME": str(self._profile), "TMPDIR": str(self._profile)},
            file_actions=actions,
            setpgroup=0,
        )
        os.close(to_read)
        os.close(to_write)

    def _end(self) -> None:
        """Close the browser, politely for some seconds, and remove its profile."""
        if hasattr(self, "_process"):
            os.close(self._to)
            deadline = time.monotonic() + ANSWER
            # Not reaped before its group is ended: until then its id is nobody else's.
            while not _has_ended(self._process) and time.monotonic() < deadline:
                time.sleep(0.02)
            os.killpg(self._process, signal.SIGKILL)
            os.waitpid(self._process, 0)
            os.close(self._from)
        shutil.rmtree(self._profile, ignore_errors=True)

    def _call(self, method: str, *, patience: float | None = None, **parameters: Any) -> dict[str, Any]:
        self._sent += 1
        message = {"id": self._sent, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + (patience or self._patience)
        while self._sent not in self._answers:
            self._read(deadline, f"an answer to {method}")
        answer = self._answers.pop(self._sent)
        expect("result" in answer, f"{method}: {answer.get('error')}")
        result: dict[str, Any] = answer["result"]
        return result

    def _read(self, deadline: float, wanted: str) -> None:
        """Take in what the browser says next."""
        ready, _, _ = select.select([self._from], [], [], max(0.0, deadline - time.monotonic()))
        expect(bool(ready), f"the browser waited in vain for {wanted}")
        data = os.read(self._from, 1 << 20)
        expect(bool(data), "the browser has ended")
        *messages, self._unread = (self._unread + data).split(b"\0")
        for each in messages:
            message = json.loads(each)
            if "id" in message:
                self._answers[message["id"]] = message
            else:
                self._note(message["method"], message["params"])

    def _note(self, event: str, details: dict[str, Any]) -> None:
        if event == "Page.frameNavigated" and "parentId" not in details["frame"]:
            self.address = details["frame"]["url"]
        elif event == "Page.frameStartedNavigating":
            self._loaded = False
        elif event == "Page.loadEventFired":
            self._loaded = True
        elif event == "Network.responseReceived" and details["type"] == "Document":
            self.status = details["response"]["status"]
        elif event == "Log.entryAdded":
            entry = details["entry"]
            self.complaints.append(f"{entry['text']} {entry.get('url', '')}".rstrip())
        elif event == "Runtime.exceptionThrown":
            self.complaints.append(str(details["exceptionDetails"]))


def _high(pipe: tuple[int, int]) -> tuple[int, int]:
    """Return the ends of ``pipe`` under numbers that are not 3 and 4, closed in other programs."""
    ends = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in pipe]
    for end in pipe:
        os.close(end)
    return ends[0], ends[1]


def _has_ended(process: int) -> bool:
    return os.waitid(os.P_PID, process, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
