"""The demo: real processes, real signals."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from browser import find_chromium
from browsing import BROWSER_STEPS
from postbox import POSTBOX_STEPS
from strangers import STRANGERS_STEPS
from visitor import LAST_STEPS, READERS_STEPS

HERE = Path(__file__).resolve().parents[1]
DEMO = HERE / "demo.py"
PATIENCE = 60
STEPS = (*READERS_STEPS, *STRANGERS_STEPS, *POSTBOX_STEPS, *BROWSER_STEPS, *LAST_STEPS)


@contextmanager
def demo(folder, *arguments, script=DEMO, **variables):
    """A demo that runs in ``folder``; its output goes to ``folder/log``, and nothing of it outlives the block."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("OPENVIPER_", "PYTEST"))}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, script, *arguments],
            cwd=folder,
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**environment, "PYTHONUNBUFFERED": "1", "TMPDIR": str(folder), **variables},
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def log(folder):
    return (folder / "log").read_text()


def address(folder, process):
    """Wait until it says where to look; return that."""
    deadline = time.monotonic() + PATIENCE
    while not (found := re.search(r"Site +(http://127\.0\.0\.1:\d+)/\n", log(folder))):
        assert process.poll() is None, log(folder)
        assert time.monotonic() < deadline, log(folder)
        time.sleep(0.05)
    return found[1]


def test_the_check_passes_and_leaves_nothing_behind(tmp_path):
    """A line per step, exit code 0, and neither a database nor anything else in the temporary folder."""
    if find_chromium() is None and os.environ.get("OPENVIPER_REQUIRE_SERVICES") != "1":
        pytest.skip("no chromium on PATH")
    with demo(tmp_path, "--check") as process:
        assert process.wait(PATIENCE) == 0, log(tmp_path)
    lines = log(tmp_path).splitlines()
    assert all(line.startswith("ok    ") for line in lines[: len(STEPS)])
    assert lines[len(STEPS) :] == ["", f"{len(STEPS)} steps, all well."]
    assert [each.name for each in tmp_path.iterdir()] == ["log"]


def test_without_a_browser_the_check_says_what_it_skipped(tmp_path):
    """In the step's line and in the last one; all else is checked."""
    with demo(tmp_path, "--check", PATH=str(tmp_path)) as process:
        assert process.wait(PATIENCE) == 0, log(tmp_path)
    lines = log(tmp_path).splitlines()
    skipped = [line for line in lines if line.startswith("skip  ")]
    assert "skip  sign up in a browser was skipped: no chromium on PATH" in skipped
    assert len(skipped) == len(BROWSER_STEPS)
    rest = f"{len(BROWSER_STEPS)}, which were skipped: no chromium on PATH"
    assert lines[len(STEPS) :] == ["", f"{len(STEPS)} steps, all well but {rest}."]


def test_a_check_that_fails_shows_the_log_and_exits_1(tmp_path):
    """Here a page of the site is not there: the step is named, with the server's own words."""
    broken = tmp_path / "site"
    shutil.copytree(HERE, broken, ignore=shutil.ignore_patterns("var", "tests", "__pycache__"))
    (broken / "newsletter" / "templates" / "newsletter" / "home.html").unlink()
    with demo(tmp_path, "--check", script=broken / "demo.py") as process:
        assert process.wait(PATIENCE) == 1
    assert "FAIL  start page: status 500, not 200" in log(tmp_path)
    assert "TemplateNotFound: 'newsletter/home.html'" in log(tmp_path).partition("The server's log:")[2]


def test_a_check_of_a_site_that_does_not_start_fails(tmp_path):
    """Without waiting for what will not come."""
    broken = tmp_path / "site"
    shutil.copytree(HERE, broken, ignore=shutil.ignore_patterns("var", "tests", "__pycache__"))
    (broken / "pulse" / "apps.py").write_text("raise ImportError('not today')\n")
    with demo(tmp_path, "--check", script=broken / "demo.py") as process:
        assert process.wait(PATIENCE) == 1
    assert "FAIL  starts: it ended with exit code" in log(tmp_path)
    assert "ImportError: not today" in log(tmp_path)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_being_told_to_stop_is_no_failure(tmp_path, number):
    """Exit code 0 after shutdown() ran, no traceback, and the temporary database is gone."""
    with demo(tmp_path, "--port", "0") as process:
        urllib.request.urlopen(address(tmp_path, process), timeout=10).close()
        process.send_signal(number)
        assert process.wait(PATIENCE) == 0, log(tmp_path)
    assert "newsletter has stopped" in log(tmp_path)
    assert "pulse has stopped: 1 pages served" in log(tmp_path)
    assert "Traceback" not in log(tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == ["log"]


def test_an_issue_sent_to_a_running_demo_is_in_its_inbox(tmp_path):
    """By the command that the banner names, from another process; nothing of it is left when the demo ends."""
    with demo(tmp_path, "--port", "0") as process:
        url = address(tmp_path, process)
        for name in ("ada", "bob"):
            form = urllib.request.Request(f"{url}/subscribe", f"address={name}%40example.org".encode(), {"Origin": url})
            urllib.request.urlopen(form, timeout=10).close()
        command = re.search(r"\./dev demo (--send 6 --folder \S+)", log(tmp_path))[1].split()
        sent = subprocess.run(
            [sys.executable, DEMO, *command], cwd="/", capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        assert (sent.returncode, sent.stdout) == (0, "Issue 6, Stopping well: 2 sent, 0 refused.\n"), sent.stderr
        with urllib.request.urlopen(f"{url}/__mail__/api/messages?q=Stopping", timeout=10) as answer:
            found = json.load(answer)["messages"]
        assert sorted(each["to"] for each in found) == ["ada@example.org", "bob@example.org"]
        process.terminate()
        assert process.wait(PATIENCE) == 0, log(tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == ["log"]


def test_a_running_demo_is_backed_up_and_restored(tmp_path):
    """By the commands that the banner names, from another process, while it goes on serving."""
    with demo(tmp_path, "--port", "0") as process:
        url = address(tmp_path, process)

        def manage(*arguments):
            command = [sys.executable, DEMO, *arguments, "--folder", folder]
            answer = subprocess.run(
                command, cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE, check=False
            )
            assert answer.returncode == 0, answer.stderr

        def sign_up(name):
            form = urllib.request.Request(f"{url}/subscribe", f"address={name}%40example.org".encode(), {"Origin": url})
            urllib.request.urlopen(form, timeout=10).close()
            with urllib.request.urlopen(f"{url}/api/subscribers/count", timeout=10) as answer:
                return json.load(answer)["subscribers"]

        folder = re.search(r"\./dev demo --backup backup --folder (\S+)", log(tmp_path))[1]
        before = sign_up("ada")
        manage("--backup", "backup")
        assert sign_up("bob") == before + 1
        (backup,) = (tmp_path / "backup").glob("newsletter_*.tar.gz")
        manage("--restore", str(backup))
        assert sign_up("bob") == before + 1
        process.terminate()
        assert process.wait(PATIENCE) == 0, log(tmp_path)


@pytest.mark.parametrize("arguments", [("--send", "6"), ("--send", "6", "--folder", "nowhere"), ("--backup", "backup")])
def test_what_is_about_a_demo_needs_one_that_runs(tmp_path, arguments):
    """One sentence; exit code 1."""
    with demo(tmp_path, *arguments) as process:
        assert process.wait(PATIENCE) == 1
    assert re.fullmatch(r"demo: .*\n", log(tmp_path))


def test_a_database_that_was_named_is_kept(tmp_path):
    """Relative to the current directory; nothing else is written there."""
    with demo(tmp_path, "--port", "0", "--database", "mine.sqlite3") as process:
        url = address(tmp_path, process)
        form = urllib.request.Request(f"{url}/subscribe", b"address=ada%40example.org", {"Origin": url})
        urllib.request.urlopen(form, timeout=10).close()
        process.terminate()
        assert process.wait(PATIENCE) == 0, log(tmp_path)
    with closing(sqlite3.connect(tmp_path / "mine.sqlite3")) as connection:
        assert connection.execute("SELECT address FROM subscribers").fetchall() == [("ada@example.org",)]
    assert {each.name for each in tmp_path.iterdir()} == {"log", "mine.sqlite3"}


def test_a_site_that_does_not_start_exits_3(tmp_path):
    """The reason is on the screen, the address is not."""
    (tmp_path / "no.sqlite3").write_text("no database at all, " * 50)
    with demo(tmp_path, "--port", "0", OPENVIPER_NEWSLETTER_DATABASE="no.sqlite3") as process:
        assert process.wait(PATIENCE) == 3
    assert "no.sqlite3: file is not a database" in log(tmp_path)
    assert "is being served" not in log(tmp_path)


def test_a_port_in_use_is_named(tmp_path):
    """One sentence; exit code 1."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with demo(tmp_path, "--port", str(port)) as process:
            assert process.wait(PATIENCE) == 1
    assert re.fullmatch(rf"demo: port {port} cannot be used: .*; try another --port\n", log(tmp_path))


def test_a_port_that_is_none_is_named(tmp_path):
    """As above, not a traceback."""
    with demo(tmp_path, "--port", "70000") as process:
        assert process.wait(PATIENCE) == 1
    assert "demo: port 70000 cannot be used" in log(tmp_path)
