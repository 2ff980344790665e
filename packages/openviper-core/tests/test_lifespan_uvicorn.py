"""The engine under a real server, and in a process of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time

import pytest

APP = """
import sys
from openviper.core.lifespan import Lifespan, serve_lifespan

def say(text):
    print(text, flush=True)

engine = Lifespan(
    ("first", "plugin"),
    on_startup=[lambda: say("handler")],
    on_shutdown=[lambda: say("stop")],
)

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await serve_lifespan(engine, receive, send)
        return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
    await send({"type": "http.response.body", "body": b"hello"})
"""

FIRST = """
def ready(): print("first ready", flush=True)
def shutdown(): print("first down", flush=True)
"""


@pytest.fixture
def serve(project):
    """Start uvicorn with a plugin of this source, on a free port; give the process and the port."""
    pytest.importorskip("uvicorn")
    processes = []

    def start(plugin):
        project.write("served.py", APP)
        project.app("first", FIRST)
        project.app("plugin", plugin)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        process = subprocess.Popen(
            [sys.executable, "-m", "uvicorn", "served:app", "--port", str(port), "--no-access-log"],
            cwd=project.root,
            env={**os.environ, "PYTHONPATH": str(project.root)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        return process, port

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def connect(port):
    """Return whether something listens there."""
    with socket.socket() as client:
        client.settimeout(0.1)
        return client.connect_ex(("127.0.0.1", port)) == 0


def wait_for(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def connections_until_end(process, port):
    accepted = 0
    while process.poll() is None:
        accepted += connect(port)
        time.sleep(0.01)
    return accepted


@pytest.mark.parametrize(
    ("ready", "word", "tracebacks", "lines"),
    [
        ("async def ready(): raise ValueError('no key')", "ValueError: no key", 1, ["first ready", "first down"]),
        ("def ready(): raise SystemExit(7)", "SystemExit: 7", 1, ["first ready", "first down"]),
        ("def ready(): raise KeyboardInterrupt", "KeyboardInterrupt", 1, ["first ready", "first down"]),
        ("import nothing_like_it", "No module named 'nothing_like_it'", 1, []),
        ("ready = 1", "ready of installed app 'plugin' is not callable", 0, []),
        (
            "import asyncio\nasync def ready():\n    await asyncio.sleep(0.5)\n    1 / 0",
            "ZeroDivisionError",
            1,
            ["first ready", "first down"],
        ),
    ],
)
def test_a_failing_start_ends_the_server(serve, ready, word, tracebacks, lines):
    """uvicorn exits with 3, shows the traceback once, and has accepted no connection at any moment."""
    process, port = serve(ready)
    accepted = connections_until_end(process, port)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 3, err
    assert accepted == 0
    assert word in err
    assert "Application startup failed. Exiting." in err
    assert "unsupported" not in err
    assert err.count("Traceback (most recent call last):") == tracebacks, "of the plugin's code alone"
    assert out.splitlines() == lines


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
def test_a_server_that_is_told_to_end_shuts_the_apps_down(serve, end):
    """It serves once all is ready, and a signal runs every shutdown hook, in reverse."""
    process, port = serve(
        "async def ready(): print('plugin ready', flush=True)\ndef shutdown(): print('plugin down', flush=True)"
    )
    wait_for(lambda: connect(port))
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert client.recv(100).startswith(b"HTTP/1.1 200")
    process.send_signal(end)
    out, err = process.communicate(timeout=20)
    assert out.splitlines() == ["first ready", "plugin ready", "handler", "stop", "plugin down", "first down"], err
    assert "Application shutdown complete." in err


def test_a_failing_shutdown_is_shown(serve):
    """uvicorn shows the whole group, and the other hooks ran."""
    process, port = serve("def shutdown(): raise OSError('stuck')")
    wait_for(lambda: connect(port))
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=20)
    assert "OSError: stuck" in err
    assert "in shutdown() of installed app 'plugin', INSTALLED_APPS[1]" in err
    assert "Application shutdown failed. Exiting." in err
    assert out.splitlines()[-1] == "first down"


def test_ctrl_c_in_a_script_undoes_what_started(project):
    """A program without HTTP that is interrupted while a hook waits shuts down what was ready."""
    project.app("first", FIRST)
    # In turns: asyncio.run sees a signal that comes just before the loop polls at the loop's next turn only.
    waits = "print('waits', flush=True)\n    while True:\n        await asyncio.sleep(0.05)"
    project.app("plugin", f"import asyncio\nasync def ready():\n    {waits}")
    code = (
        # Where these tests run in the background of a shell, SIGINT is ignored, and that is inherited.
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "import asyncio\nfrom openviper.core.lifespan import lifespan\n"
        "async def main():\n    async with lifespan(('first', 'plugin')): print('never')\nasyncio.run(main())"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(project.root)},
        cwd=project.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        lines = [process.stdout.readline().strip() for _ in range(2)]
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    finally:
        process.kill()
        process.communicate()
    assert [*lines, *out.splitlines()] == ["first ready", "waits", "first down"]
    assert "KeyboardInterrupt" in err


def test_the_import_loads_nothing_third_party():
    """openviper.core.lifespan needs the standard library and the core only."""
    code = (
        "import sys; before = set(sys.modules)\nimport openviper.core.lifespan\n"
        "new = {name.partition('.')[0] for name in set(sys.modules) - before}\n"
        "print(sorted(new - set(sys.stdlib_module_names)))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert result.stdout.strip() == "['openviper']"
