"""What the tests of the inbox ask it with, and the messages that it has to show."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from openviper.core.email._sending.captured import Captured
from openviper.core.email.backends.memory import outbox
from openviper.core.email.inbox import inbox

__all__ = ["Answer", "ask", "keep"]


@dataclass(frozen=True)
class Answer:
    """What the application sent."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    def json(self) -> Any:
        return json.loads(self.body)


async def ask(path: str, method: str = "GET", *, root_path: str = "", state: Any = None, **headers: str) -> Answer:
    """Send a request to the inbox, with localhost as ``host=``; ``sec_fetch_site="none"`` is another header."""
    path, _, query = path.partition("?")
    given = {"host": "localhost:8000", **{name.replace("_", "-"): value for name, value in headers.items()}}
    scope = {
        "type": "http",
        "method": method,
        "path": root_path + path,
        "root_path": root_path,
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in given.items()],
        "scheme": "http",
    }
    if state is not None:
        scope["state"] = state
    sent = []

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        sent.append(message)

    await inbox(scope, receive, send)
    start, *bodies = sent
    assert not bodies[-1].get("more_body")
    received = {name.decode(): value.decode("latin-1") for name, value in start["headers"]}
    assert len(received) == len(start["headers"]), "a header stands there twice"
    return Answer(start["status"], received, b"".join(each.get("body", b"") for each in bodies))


def keep(
    raw: bytes | str, *, id: str = "m1", sender: str = "a@example.org", to: tuple[str, ...] = ("b@example.org",)
) -> Captured:
    """Put a message into the memory backend, byte by byte as it is here but with CRLF."""
    content = raw.encode() if isinstance(raw, str) else raw
    content = content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    captured = Captured(id, datetime.now(UTC), content, sender, to)
    outbox.append(captured, limit=1000)
    return captured
