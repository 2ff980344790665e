"""A site of somebody else, whose pages make a reader's browser send things to the newsletter."""

from __future__ import annotations

import threading
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import parse_qs, quote, urlsplit

__all__ = ["Elsewhere"]

FORM = """<!doctype html><title>Elsewhere</title>
<form method="post" action="{action}"><input name="address" value="{address}"></form>
<script>document.forms[0].submit()</script>"""


class Elsewhere:
    """Another site on this machine; it is there inside the ``with`` block.

    Attributes:
        friend: An origin of it: the newsletter's host, another port.
        stranger: Another one: a host that has nothing to do with the newsletter's.
    """

    def __enter__(self) -> Elsewhere:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Pages)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        port = self._server.server_address[1]
        self.friend, self.stranger = f"http://127.0.0.1:{port}", f"http://localhost:{port}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def form(self, origin: str, action: str, address: str) -> str:
        """Return where a page of ``origin`` is which posts ``address`` to ``action`` as soon as it is opened."""
        return f"{origin}/form?action={quote(action, safe='')}&address={quote(address)}"


class _Pages(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        text = "<!doctype html><title>Elsewhere</title>"
        if asked.path == "/form":
            text = FORM.format(**{name: escape(values[0]) for name, values in parse_qs(asked.query).items()})
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's again
        """Say nothing."""
