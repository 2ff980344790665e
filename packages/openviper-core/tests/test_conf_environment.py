"""Where OPENVIPER_* variables come from: real processes, for under pytest .env is not read."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from openviper.conf._environment import read_environment

READ = "import json; from openviper.conf._environment import read_environment as r; print(json.dumps(r()))"


def run(code, folder, **variables):
    """Run Python in ``folder`` as a user would, without a trace of pytest; return what it printed."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith(("OPENVIPER_", "PYTEST_"))}
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, cwd=folder, env={**kept, **variables}, capture_output=True, text=True, check=False, timeout=30
    )
    return done.stdout if done.returncode == 0 else done.stderr.splitlines()[-1]


def test_only_our_variables_are_read(tmp_path, monkeypatch):
    """The prefix decides, exactly as written."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENVIPER_DEBUG", "1")
    monkeypatch.setenv("openviper_debug", "2")
    monkeypatch.setenv("DEBUG", "3")
    found = read_environment()
    assert found["OPENVIPER_DEBUG"] == ("1", "environment")
    assert {"openviper_debug", "DEBUG"}.isdisjoint(found)


def test_dotenv_stands_beside_the_nearest_pyproject(tmp_path):
    """From a folder further down, the project's own .env is read, with each variable's line."""
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / ".env").write_text("OTHER=1\nOPENVIPER_DEBUG=1\n")
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    (below / ".env").write_text("OPENVIPER_DEBUG=0\n")
    assert json.loads(run(READ, below)) == {"OPENVIPER_DEBUG": ["1", ".env, line 2"]}


def test_without_pyproject_the_current_directory_counts(tmp_path):
    """A program with no project reads .env where it is started."""
    (tmp_path / ".env").write_text("export OPENVIPER_EMAIL_HOST='mail'  # ours\n")
    assert json.loads(run(READ, tmp_path)) == {"OPENVIPER_EMAIL_HOST": ["mail", ".env, line 1"]}


def test_the_real_environment_wins(tmp_path):
    """A variable of the process overrides .env, even an empty one."""
    (tmp_path / ".env").write_text("OPENVIPER_A=file\nOPENVIPER_B=file\n")
    found = json.loads(run(READ, tmp_path, OPENVIPER_A="real", OPENVIPER_B=""))
    assert found == {"OPENVIPER_A": ["real", "environment"], "OPENVIPER_B": ["", "environment"]}


def test_nothing_is_exported(tmp_path):
    """What .env says does not reach os.environ, and so no child process."""
    (tmp_path / ".env").write_text("OPENVIPER_TIME_ZONE=Asia/Tokyo\n")
    code = (
        "import os; from openviper.conf import settings; print(settings.TIME_ZONE, 'OPENVIPER_TIME_ZONE' in os.environ)"
    )
    assert run(code, tmp_path) == "Asia/Tokyo False\n"


def test_importing_reads_nothing(tmp_path):
    """A broken .env is not noticed before something reads a setting."""
    (tmp_path / ".env").write_text("broken\n")
    assert run("import openviper.conf; print('fine')", tmp_path) == "fine\n"
    assert ".env, line 1: there is no '='" in run("from openviper.conf import settings; settings.DEBUG", tmp_path)


def test_under_pytest_it_is_not_read(tmp_path, monkeypatch):
    """A developer's .env does not decide whether a test passes, in the test or in what it starts."""
    (tmp_path / ".env").write_text("OPENVIPER_DEBUG=1\nbroken\n")
    monkeypatch.chdir(tmp_path)
    assert "OPENVIPER_DEBUG" not in read_environment()
    assert json.loads(run(READ, tmp_path, PYTEST_VERSION="9")) == {}


@pytest.mark.parametrize(
    ("reason", "content", "words"),
    [
        ("not UTF-8", "OPENVIPER_A=\xff".encode("latin-1"), "cannot be read"),
        ("bad lines", b"A B\nOK=1\n'", ".env, line 3"),
    ],
)
def test_a_file_that_cannot_be_used_is_an_error(tmp_path, reason, content, words):
    """It is named, and what is wrong with it."""
    (tmp_path / ".env").write_bytes(content)
    assert words in run(READ, tmp_path), reason


def test_a_folder_of_that_name_is_none(tmp_path):
    """A virtual environment that is called .env is no file of variables."""
    (tmp_path / ".env").mkdir()
    assert json.loads(run(READ, tmp_path)) == {}


def test_what_is_no_regular_file_is_refused_unread(tmp_path):
    """A pipe would be waited for, and a device has no end."""
    os.mkfifo(tmp_path / ".env")
    assert f"{tmp_path}/.env is no regular file, but a named pipe; expected KEY=value lines" in run(READ, tmp_path)
    (tmp_path / ".env").unlink()
    (tmp_path / ".env").symlink_to("/dev/null")
    assert "is no regular file, but a device" in run(READ, tmp_path)


def test_a_file_of_absurd_size_is_refused(tmp_path):
    """Up to 1 MiB is read."""
    (tmp_path / ".env").write_text("#" * (1 << 20))
    assert json.loads(run(READ, tmp_path)) == {}
    (tmp_path / ".env").write_text("#" * ((1 << 20) + 1))
    assert ".env is longer than 1 MiB" in run(READ, tmp_path)
