"""The banner, options that contradict each other, and what ``run`` and ``start-server`` have in common."""

from __future__ import annotations

import signal
import socket
import textwrap

import pytest

FACTORY = """
from site_app import app

def make():
    return app

def broken():
    return {}["no such key"]

def taking(one):
    return app
"""


@pytest.mark.parametrize(
    ("args", "code", "part"),
    [
        (["--port", "65536"], 2, "65536 is not in the range"),
        (["--port", "-1"], 2, "-1 is not in the range"),
        (["--port", "http"], 2, "'http' is not a valid integer"),
        (["--workers", "0"], 2, "0 is not in the range"),
        (["--workers", "-1"], 2, "-1 is not in the range"),
        (["--workers", "2", "--reload"], 2, "--workers 2 needs --no-reload"),
        (["--log-level", "loud"], 2, "'loud' is not one of"),
        (["--host", "192.0.2.1"], 1, "192.0.2.1:8000 cannot be used: "),
        (["--host", ""], 1, "--host '' cannot be resolved"),
    ],
)
@pytest.mark.parametrize("command", [["run", "site_app"], ["viperctl", "start-server", "site_app"]])
def test_what_cannot_be_served_is_one_sentence(openviper, application, command, args, code, part):
    """Before anything is started."""
    result = openviper(*command, *args)
    assert result.returncode == code
    assert part in result.stderr
    assert "Traceback" not in result.stderr
    assert "Serving" not in result.stderr


@pytest.mark.parametrize(
    ("args", "mode"),
    [
        ([], "Reloading on changes in {folder}"),
        (["--reload"], "Reloading on changes in {folder}"),
        (["--workers=2"], "2 workers; reloading is off with more than one"),
        (["--workers=2", "--no-reload"], "2 workers"),
        (["--workers=1", "--no-reload"], "INFO: "),
    ],
)
def test_the_banner_ends_with_how_it_is_served(served, application, args, mode):
    """Once, whatever processes there are."""
    with served("run", "site_app", "-p0", *args) as server:
        server.wait_for("READY", 2 if "2" in "".join(args) else 1)
        assert server.end() == 0
        lines = server.output.splitlines()
        assert lines[0] == f"Serving site_app:app on http://127.0.0.1:{server.port} (Ctrl-C stops)"
        assert lines[1].startswith(mode.format(folder=application))
        assert server.output.count("Serving") == 1


def test_the_banner_names_the_apps_in_their_order(served, project, files):
    """And the settings, in one line."""
    apps = "INSTALLED_APPS: tuple[str, ...] = ('zebra', 'mysite', 'ant')"
    source = f"from openviper.conf import BaseSettings\nclass Settings(BaseSettings): {apps}\n"
    files({"mysite/settings.py": source, "zebra/__init__.py": "", "ant/__init__.py": ""})
    with served("viperctl", "start-server", "--port=0", "--no-reload") as server:
        server.wait_for("READY")
        assert server.output.splitlines()[1] == "Settings mysite.settings; apps zebra, mysite, ant"


def test_a_port_in_use_is_one_line_that_names_who_listens(openviper, served, application):
    """Exit code 1."""
    with served("run", "site_app", "-p0", "--no-reload") as server:
        server.wait_for("READY")
        result = openviper("run", "site_app", "-p", str(server.port))
        assert result.returncode == 1
        assert result.stderr.startswith(f"Error: 127.0.0.1:{server.port} cannot be used: Address already in use by ")
        assert f"(process {server.process.pid}); try another --port\n" in result.stderr
        assert result.stderr.count("\n") == 1
        assert server.end() == 0


@pytest.mark.parametrize(("how", "code"), [(["--no-reload"], 3), (["--workers=2"], 3)])
def test_a_port_that_another_takes_during_the_start_up_is_one_line(served, files, how, code):
    """Both have bound it; the second to listen is told."""
    slow = "import time; time.sleep(1.5)\nasync def app(s, r, send): ...\n"
    files({"site_app.py": f"print('IMPORTING', flush=True)\n{slow}"})
    with served("run", "site_app", "-p0", *how) as server, socket.socket() as other:
        server.wait_for("IMPORTING")
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", server.port))
        other.listen()
        assert server.wait() == code
        assert f"Error: 127.0.0.1:{server.port} cannot be used: Address already in use by" in server.output
        assert "Traceback" not in server.output


def test_a_factory_makes_the_application(served, application, files):
    """``--factory``, in child processes too."""
    files({"factories.py": FACTORY})
    with served("run", "factories:make", "--factory", "-p0", "--workers=2") as server:
        server.wait_for("READY", 2)
        assert server.get() == "one"
        assert server.end() == 0
        assert "factory detected" not in server.output


@pytest.mark.parametrize(
    ("source", "args", "part"),
    [
        (FACTORY, ["shop:broken", "--factory"], "KeyError: 'no such key'"),
        (FACTORY, ["shop:broken"], "KeyError: 'no such key'"),
        (FACTORY, ["shop:taking", "--factory"], "TypeError: taking() missing 1 required positional argument"),
        ("app = 1", ["shop"], "Error: 'shop:app' is no ASGI application: it is int, not callable"),
        ("import sys; sys.exit(0)", ["shop"], "Error: shop:app cannot be imported: it called sys.exit(0) ("),
        ("raise SystemExit", ["shop"], "Error: shop:app cannot be imported: it called sys.exit() ("),
        ("import sys\ndef make(): sys.exit(0)", ["shop:make", "--factory"], "it called sys.exit(0)"),
    ],
)
@pytest.mark.parametrize("how", [["--no-reload"], ["--workers=2"]])
def test_an_application_that_cannot_be_had_is_exit_code_3(served, application, files, source, args, part, how):
    """No silent success, and no traceback of what is not the user's."""
    files({"shop.py": source})
    with served("run", *args, "-p0", *how) as server:
        assert server.wait() == 3
        assert part in server.output
        assert "uvicorn/" not in server.output
        assert "importlib" not in server.output


def test_an_app_whose_ready_exits_is_not_started(served, project, files):
    """The lifespan reports it with its traceback, once."""
    pytest.importorskip("openviper.app", reason="openviper-http is not installed")
    source = "from openviper.conf import BaseSettings\nclass Settings(BaseSettings): INSTALLED_APPS = ('mysite',)\n"
    files(
        {
            "mysite/settings.py": source,
            "mysite/__init__.py": "import sys\ndef ready(): sys.exit(0)\n",
            "mysite/app.py": "from openviper.app import OpenViper\napp = OpenViper()\n",
        }
    )
    with served("viperctl", "start-server", "--port=0", "--no-reload") as server:
        assert server.wait() == 3
        assert server.output.count("SystemExit: 0") == 1


def test_a_failure_of_an_apps_start_up_is_shown_once(served, project, files):
    """Its traceback, in every way of serving."""
    pytest.importorskip("openviper.app", reason="openviper-http is not installed")
    source = "from openviper.conf import BaseSettings\nclass Settings(BaseSettings): INSTALLED_APPS = ('mysite',)\n"
    files(
        {
            "mysite/settings.py": source,
            "mysite/__init__.py": "def ready(): raise ValueError('the disk is full')\n",
            "mysite/app.py": "from openviper.app import OpenViper\napp = OpenViper()\n",
        }
    )
    with served("viperctl", "start-server", "--port=0", "--no-reload") as server:
        assert server.wait() == 3
        assert server.output.count("ValueError: the disk is full") == 1
        assert "openviper/core" not in server.output
    with served("viperctl", "start-server", "--port=0") as server:
        server.wait_for("the next change of a file starts it again")
        assert server.output.count("ValueError: the disk is full") == 1
        assert server.end(signal.SIGINT, group=True) == 0


CLOSED = """
import os, sys
os.close(0)
os.execv(sys.executable, [sys.executable, "-m", "openviper.cli", *sys.argv[1:]])
"""


@pytest.mark.parametrize("how", ["--no-reload", "--reload", "--workers=2"])
def test_a_closed_stdin_changes_nothing(served, application, how):
    """No socket gets its number."""
    with served("run", "site_app", "-p0", how, command=("-c", textwrap.dedent(CLOSED))) as server:
        server.wait_for("READY", 2 if "2" in how else 1)
        assert server.get() == "one"
        assert server.end() == 0
        assert "Traceback" not in server.output


@pytest.mark.parametrize("how", ["--no-reload", "--reload", "--workers=2"])
def test_a_second_ctrl_c_does_not_wait_for_a_request(served, files, how):
    """Of a terminal: the whole group has both; and nothing untrue is said of the lifespan that it cuts off."""
    source = (
        "import asyncio\nasync def app(scope, receive, send):\n"
        "    if scope['type'] == 'lifespan':\n        await receive()\n"
        "        await send({'type': 'lifespan.startup.complete'})\n"
        "        asyncio.get_running_loop().call_later(0.2, print, 'READY')\n        return await receive()\n"
        "    print('HANGING', flush=True)\n    await asyncio.sleep(600)\n"
    )
    files({"site_app.py": source})
    with served("run", "site_app", "-p0", how) as server:
        server.wait_for("READY", 2 if "2" in how else 1)
        with socket.create_connection(("127.0.0.1", server.port)) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            server.wait_for("HANGING")
            server.process.send_signal(signal.SIGINT)
            server.wait_for("CTRL+C to force quit")
            server.end(signal.SIGINT, group=True)
        assert "Traceback" not in server.output
        assert "lifespan" not in server.output
