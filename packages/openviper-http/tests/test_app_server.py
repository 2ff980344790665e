"""The application behind a real server, asked with raw bytes that no client library would send."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = """
from openviper.app import OpenViper
from openviper.core.context import current_user, ignore_permissions_ctx
from openviper.http import StreamingResponse

app = OpenViper(debug=True)

@app.get("/hello")
async def hello():
    return {"hello": "world"}

@app.get("/leaves-traces")
async def leaves_traces():
    found = {"user": current_user.get(), "ignored": ignore_permissions_ctx.get()}
    current_user.set("root")
    ignore_permissions_ctx.set(True)
    return found

@app.get("/fails")
async def fails():
    raise RuntimeError("broken")

@app.get("/half")
async def half():
    async def pieces():
        yield b"x" * 10
        raise RuntimeError("broken half-way")
    return StreamingResponse(pieces(), headers={"content-length": "20"})

@app.post("/upload", max_body_bytes=1000)
async def upload(request):
    return {"length": len(await request.body())}

@app.websocket("/echo")
async def echo(websocket):
    await websocket.accept()
    await websocket.send_text(await websocket.receive_text())

@app.on_shutdown
async def down():
    print("shut down", flush=True)
"""


class Server:
    """A uvicorn of its own, on a free port."""

    def __init__(self, folder: Path, http: str) -> None:
        (folder / "served.py").write_text(PROJECT)
        static = folder / "assets"
        static.mkdir()
        (static / "site.css").touch()
        self.http = http
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("OPENVIPER_")}
        settings = {"OPENVIPER_HEALTH_PAGES": "true", "OPENVIPER_STATICFILES_DIRS": str(static)}
        command = [sys.executable, "-m", "uvicorn", "served:app", "--port", str(self.port), "--http", http]
        self.log = folder / "log.txt"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(command, cwd=folder, env=environment | settings, stdout=log, stderr=log)

    async def wait(self) -> None:
        for _ in range(200):
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return
        raise AssertionError(self.log.read_text())

    async def send(self, request: bytes) -> bytes:
        """Send bytes, and return everything until the server closes; nothing where it resets the connection."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(request)
            await writer.drain()
            return await asyncio.wait_for(reader.read(), 10)
        except ConnectionResetError:
            return b""
        finally:
            writer.close()

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(10)


@pytest.fixture(scope="module", params=["httptools", "h11"])
def server(request, tmp_path_factory):
    """One server for the module; the tests leave it as they found it."""
    server = Server(tmp_path_factory.mktemp("served"), request.param)
    try:
        asyncio.run(server.wait())
        yield server
    finally:
        server.process.kill()
        server.process.wait(10)


def get(path: bytes) -> bytes:
    return b"GET " + path + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def status(response: bytes) -> int | None:
    return int(response.split(b" ", 2)[1]) if response else None


@pytest.mark.parametrize(
    ("path", "statuses"),
    [
        (b"/hello", {200}),
        (b"/-/ready", {200}),
        (b"/fails", {500}),
        (b"/%2e%2e%2fetc/passwd", {404}),
        (b"/static/site.css", {200}),
        (b"/static/..%5c..%5cetc%5cpasswd", {404}),
        (b"/static/..%2f..%2fserved.py", {404}),
        (b"/static/../served.py", {404}),
        (b"/static/\\..\\", {404}),
        (b"/static/%00", {404}),
        (b"/%00", {404}),
        (b"/%ff%fe", {404}),
        (b"/%zz", {404}),
        (b"/hello%3f", {404}),
        (b"//hello", {404}),
        # How long a request line may be is the server's to say: h11 refuses or resets, httptools passes it on.
        (b"/" + b"x" * 100_000, {None, 400, 404}),
        (b"/\xff\xfe", {400, 404}),
        (b"*", {400, 404}),
    ],
)
async def test_odd_paths_are_answered_and_the_next_request_is_served(server, path, statuses):
    """Each gets the right status, and none disturbs the server."""
    assert status(await server.send(get(path))) in statuses
    assert status(await server.send(get(b"/hello"))) == 200


async def test_a_body_over_the_limit_is_refused_while_it_is_sent(server):
    """The client hears 413 although it has announced, or is still sending, far more."""
    head = b"POST /upload HTTP/1.1\r\nHost: localhost\r\n"
    announced = await server.send(head + b"Content-Length: 100000000\r\n\r\n")
    chunked = await server.send(head + b"Transfer-Encoding: chunked\r\n\r\n" + b"400\r\n" + b"x" * 1024 + b"\r\n")
    for response in (announced, chunked):
        assert status(response) == 413
        assert b"connection: close" in response.lower()
    assert status(await server.send(get(b"/hello"))) == 200


async def test_pipelined_requests_do_not_inherit_the_context(server):
    """uvicorn begins the next one inside the task of the one before."""
    request = b"GET /leaves-traces HTTP/1.1\r\nHost: localhost\r\n"
    response = await server.send(request + b"\r\n" + request + b"\r\n" + request + b"Connection: close\r\n\r\n")
    assert response.count(b'{"user":null,"ignored":false}') == 3


async def test_a_stream_that_breaks_is_cut_and_not_completed(server):
    """The client can tell that something is missing."""
    response = await server.send(get(b"/half"))
    assert status(response) == 200
    assert response.endswith(b"\r\n\r\n" + b"x" * 10)


async def test_a_client_that_leaves_in_the_middle_harms_nobody(server):
    """Fifty connections are dropped at once; the next request is served, and the log stays quiet."""
    before = len(server.log.read_text())
    for _ in range(50):
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500\r\n\r\nhalf")
        await writer.drain()
        writer.transport.abort()
    body = (await server.send(get(b"/hello"))).split(b"\r\n\r\n")[1]
    assert json.loads(body) == {"hello": "world"}
    assert "Traceback" not in server.log.read_text()[before:]


async def test_websockets_work_behind_the_server(server):
    """The handshake, a message, its echo and the close, as a browser sees them."""
    websockets = pytest.importorskip("websockets")
    async with websockets.connect(f"ws://127.0.0.1:{server.port}/echo") as connection:
        await connection.send("hello")
        assert await connection.recv() == "hello"
        with pytest.raises(websockets.ConnectionClosedOK):
            await connection.recv()


async def test_a_refused_websocket_has_its_status(server):
    """An unknown path is a 404 for websockets too, and no connection."""
    websockets = pytest.importorskip("websockets")
    with pytest.raises(websockets.InvalidStatus) as caught:
        await websockets.connect(f"ws://127.0.0.1:{server.port}/nowhere")
    assert caught.value.response.status_code == 404


async def test_sigterm_runs_the_shutdown_hooks(tmp_path):
    """The server ends by itself, and says nothing of errors."""
    server = Server(tmp_path, "httptools")
    try:
        await server.wait()
        server.stop()
    finally:
        server.process.kill()
        server.process.wait(10)
    log = server.log.read_text()
    assert "shut down" in log
    assert "Traceback" not in log
