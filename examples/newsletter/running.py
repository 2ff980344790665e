"""A demo that runs as a process of its own, and how to talk to it."""

from __future__ import annotations

import http.client
import json
import os
import re
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

__all__ = ["ANSWER", "START", "Answer", "Site", "Surprise", "expect", "expect_page"]

#: Seconds until it serves, for one answer, and until it has stopped.
START, ANSWER, STOP = 30.0, 10.0, 20.0

HERE = Path(__file__).resolve().parent
URL = re.compile(r"http://127\.0\.0\.1:(\d+)/")


class Surprise(Exception):
    """Something was not as a visitor would expect it."""


def expect(condition: bool, otherwise: str) -> None:
    if not condition:
        raise Surprise(otherwise)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the site said."""

    status: int
    headers: Mapping[str, str]
    text: str

    def json(self) -> Any:
        return json.loads(self.text)


def expect_page(answer: Answer, status: int, *texts: str) -> None:
    expect(answer.status == status, f"status {answer.status}, not {status}: {answer.text[:300]}")
    for text in texts:
        expect(text in answer.text, f"{text!r} is not on the page: {answer.text[:300]}")


class Site:
    """A running demo.

    Args:
        command: Starts it.
        folder: For its database and its log.
        variables: Of its environment, beside those of this process.
    """

    def __init__(self, command: list[str], folder: Path, variables: Mapping[str, str] | None = None) -> None:
        self.database = folder / "newsletter.sqlite3"
        self._log_path = folder / "server.log"
        # The variables of whoever runs this are about another project.
        others = {name: value for name, value in os.environ.items() if not name.startswith("OPENVIPER_")}
        self._environment = {
            **others,
            "PYTHONUNBUFFERED": "1",
            "OPENVIPER_SECRET_KEY": secrets.token_urlsafe(48),
            "OPENVIPER_EMAIL_BACKEND": "file",
            "OPENVIPER_EMAIL_FILE_PATH": str(folder / "mail"),
            **(variables or {}),
        }
        with self._log_path.open("wb") as log:
            self.process = subprocess.Popen(  # noqa: S603 - the command is ours
                [*command, "--database", str(self.database)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._environment,
            )
        self.port = 0

    @property
    def url(self) -> str:
        """Where it serves, without a slash at its end."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        return self._log_path.read_text(errors="replace")

    def wait_until_it_serves(self) -> None:
        """Wait for the line that says where to look."""
        deadline = time.monotonic() + START
        while not (found := URL.search(self.log.partition("The newsletter is being served")[2])):
            expect(self.process.poll() is None, f"it ended with exit code {self.process.returncode}")
            expect(time.monotonic() < deadline, f"it does not serve after {START:g} s")
            time.sleep(0.05)
        self.port = int(found[1])

    def ask(
        self, method: str, path: str, *, form: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send one request, by a connection of its own; redirects are not followed."""
        body = None if form is None else urlencode(form)
        sent = {
            **({"Content-Type": "application/x-www-form-urlencoded"} if form is not None else {}),
            **(headers or {}),
        }
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWER)) as connection:
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            fields = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, fields, answer.read().decode())

    def subscribers(self) -> int:
        count: int = self.ask("GET", "/api/subscribers/count").json()["subscribers"]
        return count

    def inbox(self, text: str = "") -> list[dict[str, Any]]:
        """Return the mails of the inbox, the newest first, with all that it says of each.

        Args:
            text: Only those that have it in an address or the subject.
        """
        found = self.ask("GET", "/__mail__/api/messages?" + urlencode({"q": text})).json()
        expect(found["pages"] <= 1, f"{found['total']} mails are more than a page of the inbox has")
        return [self.ask("GET", each["url"]).json() for each in found["messages"]]

    def wait_for_mail(self, text: str) -> dict[str, Any]:
        """Return the one mail that has ``text`` in an address or the subject, as soon as it is there."""
        deadline = time.monotonic() + ANSWER
        while not (found := self.inbox(text)):
            expect(time.monotonic() < deadline, f"no mail with {text!r} came within {ANSWER:g} s")
            time.sleep(0.05)
        expect(len(found) == 1, f"{len(found)} mails came: {found}")
        return found[0]

    def send_issue(self, number: int, url: str) -> str:
        """Send an issue by the project's own command, whose links lead to ``url``; return what it prints."""
        return self._run("-m", "newsletter.issues.send", str(number), OPENVIPER_NEWSLETTER_URL=url)

    def manage(self, *arguments: str) -> str:
        """Run a management command of the project about this site's database; return what it prints."""
        return self._run("viperctl.py", *arguments, OPENVIPER_NEWSLETTER_URL=self.url)

    def _run(self, *arguments: str, **variables: str) -> str:
        answer = subprocess.run(  # noqa: S603 - the command is ours
            [sys.executable, *arguments],
            cwd=HERE,
            env={**self._environment, "OPENVIPER_NEWSLETTER_DATABASE": str(self.database), **variables},
            capture_output=True,
            text=True,
            timeout=START,
            check=False,
        )
        said = f"{answer.stdout}{answer.stderr}"
        expect(answer.returncode == 0, f"{' '.join(arguments)} ended with {answer.returncode}: {said}")
        return answer.stdout

    def stop(self) -> int:
        """Send SIGTERM and return the exit code."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(STOP)
        except subprocess.TimeoutExpired:
            raise Surprise(f"it has not stopped {STOP:g} s after SIGTERM") from None

    def end(self) -> None:
        """Leave nothing running."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
