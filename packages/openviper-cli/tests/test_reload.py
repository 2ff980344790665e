"""The development server starts anew when a file of the project changes."""

from __future__ import annotations

import signal

import pytest
from watchfiles import Change

from openviper.cli._reload import ProjectFiles


@pytest.mark.parametrize(
    ("name", "watched"),
    [
        ("app.py", True),
        ("mysite/routes.py", True),
        (".env", True),
        ("pyproject.toml", True),
        ("readme.md", False),
        ("db.sqlite3", False),
        ("mysite/__pycache__/routes.cpython-311.pyc", False),
        (".git/hook.py", False),
        (".venv/lib/python3.11/site-packages/click/core.py", False),
        ("venv/lib/x.py", False),
        ("my-environment/lib/x.py", False),
        ("node_modules/x.py", False),
        ("mysite/.routes.py.swp", False),
    ],
)
def test_only_the_projects_own_files_count(files, name, watched):
    """Not those of an environment that lies in its folder, whatever that is called."""
    root = files({"my-environment/pyvenv.cfg": "", "app.py": ""})
    assert ProjectFiles(root)(Change.modified, str(root / name)) is watched


@pytest.mark.parametrize(("number", "group"), [(signal.SIGTERM, False), (signal.SIGINT, True)])
def test_a_signal_ends_it_with_the_shutdown_hooks_run(served, application, number, group):
    """To the parent alone or to the terminal's group."""
    with served("run", "-p0", "site_app") as server:
        server.wait_for("READY")
        assert server.end(number, group=group) == 0
        assert server.output.count("SHUTDOWN HOOK") == 1
        assert "Traceback" not in server.output


def test_a_change_is_served(served, application):
    """The old process is shut down, the new one answers on the same port."""
    with served("run", "-p0", "site_app") as server:
        assert server.get() == "one"
        path = application / "site_app.py"
        path.write_text(path.read_text().replace('b"one"', 'b"two"'))
        server.wait_for("Reloading: site_app.py")
        server.wait_for("READY", 2)
        assert server.get() == "two"
        assert server.end() == 0
        assert server.output.count("SHUTDOWN HOOK") == 2


BLOCKED = """
import asyncio, re

def block():
    print("BLOCKED", flush=True)
    re.match("(a+)+$", "a" * 99 + "b")

async def app(scope, receive, send):
    await receive()
    await send({"type": "lifespan.startup.complete"})
    asyncio.get_running_loop().call_later(0.2, block)
    await receive()
"""


def test_a_change_is_served_though_the_event_loop_is_blocked(served, application):
    """By a regular expression, which no signal ends: that is when somebody changes a file."""
    path = application / "site_app.py"
    source = path.read_text()
    path.write_text(BLOCKED)
    with served("run", "-p0", "site_app") as server:
        server.wait_for("BLOCKED")
        path.write_text(source)
        server.wait_for("READY")
        assert server.get() == "one"
        assert server.end() == 0


def test_a_start_up_that_fails_is_shown_once_and_the_next_change_retries(served, failing, repair):
    """The process stays; nothing is repeated while nobody changes anything."""
    with served("run", "-p0", "site_app") as server:
        server.wait_for("the next change of a file starts it again")
        assert server.output.count("the disk is full") == 1
        repair()
        server.wait_for("READY")
        assert server.get() == "one"
        assert server.output.count("the disk is full") == 1
        assert server.end() == 0


def test_an_application_that_cannot_be_imported_waits_for_the_next_change(served, files, repair):
    """A slip of the keyboard does not end the server."""
    files({"site_app.py": "def ("})
    with served("run", "-p0", "site_app") as server:
        server.wait_for("the next change of a file starts it again")
        assert server.output.count("SyntaxError") == 1
        repair()
        assert server.get() == "one"
        assert server.end() == 0


WATCHING_NOTHING = """
from pathlib import Path
from openviper.cli._address import listen_on
from openviper.cli._reload import run_reloading
from openviper.cli._server_configuration import ServerOptions
options = ServerOptions("site_app:app", "127.0.0.1", 0, workers=1, reload=True, root=Path("/no/such folder"))
try:
    run_reloading(options, listen_on("127.0.0.1", 0))
except ValueError as error:
    print(error)
"""


def test_a_folder_that_cannot_be_watched_ends_the_server(openviper, application):
    """One sentence, and no process is left behind."""
    result = openviper(command=("-c", WATCHING_NOTHING))
    assert result.returncode == 0
    assert result.stdout.startswith("/no/such folder cannot be watched: ")
    assert result.stdout.endswith("; serve it with --no-reload\n")
