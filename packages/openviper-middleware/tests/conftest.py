"""Settings that no machine's environment can change, and real servers that are asked with raw bytes.

::

    def test_something(serve):                      # runs twice: uvicorn with h11, and with httptools
        server = serve(SomeMiddleware(application))
        response = server.get(b"/path", b"Origin: https://example.org")
        assert response.status == 403 and response.values(b"vary") == [b"Origin"]
        assert server.handshake(b"/").status == 101
"""

from __future__ import annotations

import socket
import threading
import time
from dataclasses import dataclass

import pytest
import uvicorn

from openviper.conf import override_settings

SECONDS = 10


@pytest.fixture(autouse=True)
def _settings():
    """Every test starts from production's defaults, whatever the environment says."""
    with override_settings(DEBUG=False, SECRET_KEY=None, ALLOWED_HOSTS=(), INSTALLED_APPS=(), MIDDLEWARE=()):
        yield


@dataclass
class Response:
    """What a server sent; header names in lower case."""

    status: int | None
    headers: list[tuple[bytes, bytes]]
    body: bytes

    def values(self, name: bytes) -> list[bytes]:
        return [value for found, value in self.headers if found == name]


class Server:
    """uvicorn in a thread, on a free loopback port or the unix socket ``uds``."""

    def __init__(self, app, **options):
        options = {"proxy_headers": False, "lifespan": "off", "log_config": None, "access_log": False, **options}
        self.uds = options.get("uds")
        self.uvicorn = uvicorn.Server(uvicorn.Config(app, timeout_graceful_shutdown=1, **options))
        self.listener = None
        if self.uds is None:
            self.listener = socket.create_server(("127.0.0.1", 0))
            self.port = self.listener.getsockname()[1]
        sockets = None if self.listener is None else [self.listener]
        self.thread = threading.Thread(target=self.uvicorn.run, kwargs={"sockets": sockets}, daemon=True)

    def start(self):
        self.thread.start()
        deadline = time.monotonic() + SECONDS
        while not self.uvicorn.started:
            assert self.thread.is_alive(), "uvicorn did not start"
            assert time.monotonic() < deadline, "uvicorn took too long to start"
            time.sleep(0.005)

    def stop(self):
        self.uvicorn.should_exit = True
        self.thread.join(SECONDS)
        if self.listener is not None:
            self.listener.close()
        assert not self.thread.is_alive(), "uvicorn did not stop"

    def connect(self):
        """Return a connected socket with a deadline."""
        if self.uds is None:
            return socket.create_connection(("127.0.0.1", self.port), SECONDS)
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(SECONDS)
        connection.connect(self.uds)
        return connection

    def ask(self, request: bytes) -> Response:
        """Send bytes as they are; return what comes until the server closes or switches to a websocket."""
        received = b""
        with self.connect() as connection:
            connection.sendall(request)
            while not received.startswith(b"HTTP/1.1 101 ") or b"\r\n\r\n" not in received:
                try:
                    more = connection.recv(65536)
                except ConnectionResetError:
                    break
                if not more:
                    break
                received += more
        return parsed(received)

    def request(self, method: bytes, path: bytes, *lines: bytes, body: bytes = b"") -> Response:
        """Send a request with these header lines; ``Host: testserver`` where none of them is a Host."""
        if not any(line.lower().startswith(b"host:") for line in lines):
            lines = (b"Host: testserver", *lines)
        if body:
            lines += (b"Content-Length: %d" % len(body),)
        head = b"\r\n".join([b"%s %s HTTP/1.1" % (method, path), *lines, b"Connection: close"])
        return self.ask(head + b"\r\n\r\n" + body)

    def get(self, path: bytes, *lines: bytes) -> Response:
        return self.request(b"GET", path, *lines)

    def handshake(self, path: bytes, *lines: bytes) -> Response:
        """Ask for a websocket, and leave as soon as there is an answer."""
        if not any(line.lower().startswith(b"host:") for line in lines):
            lines = (b"Host: testserver", *lines)
        upgrade = (b"Connection: Upgrade", b"Upgrade: websocket", b"Sec-WebSocket-Version: 13")
        key = b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
        return self.ask(b"\r\n".join([b"GET %s HTTP/1.1" % path, *lines, *upgrade, key, b"", b""]))


def parsed(received: bytes) -> Response:
    if not received:
        return Response(None, [], b"")
    head, _, body = received.partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    fields = [line.partition(b":") for line in lines]
    headers = [(name.strip().lower(), value.strip()) for name, _, value in fields]
    if (b"transfer-encoding", b"chunked") in headers:
        body = dechunked(body)
    return Response(int(first.split(b" ")[1]), headers, body)


def dechunked(body: bytes) -> bytes:
    content = b""
    while body:
        size, _, rest = body.partition(b"\r\n")
        content += rest[: int(size, 16)]
        body = rest[int(size, 16) + 2 :]
    return content


@pytest.fixture(params=["h11", "httptools"])
def serve(request):
    """Return ``serve(app, **uvicorn's options) -> Server``; what it started is stopped after the test."""
    started = []

    def start(app, **options):
        server = Server(app, http=request.param, **options)
        started.append(server)
        server.start()
        return server

    yield start
    for server in started:
        server.stop()
