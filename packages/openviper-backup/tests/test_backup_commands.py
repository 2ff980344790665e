"""``viperctl backup-db``, as it is typed."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys

import pytest
from archive_making import read_all
from backup_terminal import Terminal, is_dumping, names, project, running, until, viperctl
from dump_script import ScriptedEngine

URL = "script://ada:hunter2@db.example/shop"
SLOW = "slow://ada:hunter2@db.example/shop"
ARCHIVE = r"shop_\d{8}-\d{6}\.tar\.gz"


def test_a_backup(tmp_path):
    """A backup is where the message says, and the password of its database is nowhere."""
    done = viperctl(tmp_path, "backup-db", "--db", URL)
    assert done.returncode == 0
    file, sidecar = sorted((tmp_path / "backup").iterdir(), key=lambda path: len(path.name))
    assert re.fullmatch(ARCHIVE, file.name)
    first, second, third = done.stdout.splitlines()
    assert first == f"Backed up script://ada@db.example/shop to backup/{file.name}"
    assert re.fullmatch(r"  [\d.]+ KiB \(3\.0 MiB dumped\) in [\d.]+ s; read back", second)
    assert third == f"  SHA-256 {json.loads(sidecar.read_text())['checksum']}"
    assert done.stderr == "Note: a note\n"
    assert read_all(file.read_bytes()) == ScriptedEngine().content
    assert "hunter2" not in done.stdout + done.stderr + sidecar.read_text()


def test_of_the_project(tmp_path):
    """Without --db it is the project's default database."""
    project(tmp_path, default=URL)
    done = viperctl(tmp_path, "backup-db", ".")
    assert (done.returncode, done.stderr) == (0, "Note: a note\n")
    assert done.stdout.startswith("Backed up script://ada@db.example/shop to backup/shop_")


def test_an_alias(tmp_path):
    """Another of the project's databases is named by its alias."""
    project(tmp_path, default="nodb:///x", stock=URL)
    done = viperctl(tmp_path, "backup-db", "--alias", "stock")
    assert (done.returncode, done.stdout[:38]) == (0, "Backed up script://ada@db.example/shop")


@pytest.mark.parametrize("args", [(), ("--json",)])
@pytest.mark.parametrize(
    ("shell", "why"),
    [('"$@" >/dev/full', "No space left on device"), ('set -o pipefail; "$@" | :', "Broken pipe")],
)
def test_a_full_output(tmp_path, shell, why, args):
    """Where stdout does not take what is said, one message says it, and the backup stands."""
    before = ["bash", "-c", shell, "bash"]
    with running(tmp_path, "backup-db", "--db", URL, *args, before=before) as process:
        output, errors = process.communicate(timeout=60)
    assert (process.returncode, output) == (1, "")
    assert errors.startswith(f"Error: stdout cannot be written ({why}): ")
    assert errors.count("Error") == 1
    (file,) = (tmp_path / "backup").glob("*.gz")
    assert file.name in errors


def test_json(tmp_path):
    """JSON is one object, with what the library returns."""
    done = viperctl(tmp_path, "backup-db", "--db", URL, "--json", "--path", str(tmp_path / "b"), "--name", "nightly")
    result = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    assert (result["engine"], result["database_name"], result["notes"]) == ("script", "nightly", ["a note"])
    assert [result["location"], result["sidecar"]] == [str(path) for path in sorted((tmp_path / "b").iterdir())]


def test_no_compress(tmp_path):
    """With --no-compress the file is the dump as it is."""
    assert viperctl(tmp_path, "backup-db", "--db", URL, "--no-compress").returncode == 0
    (file,) = (tmp_path / "backup").glob("*.sql")
    assert file.read_bytes() == ScriptedEngine().content


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ((), "No database URL configured"),
        (("--db", ""), "No database URL configured"),
        (("--db", "nodb://ada:hunter2@db.example/x"), "Unsupported database scheme 'nodb'"),
        (("--db", URL, "--path", "a/../b"), "Path traversal detected"),
        (("--db", URL, "--path", "/proc/none"), "The backup cannot be written"),
        (("--db", URL, "--name", "a/b"), "--name 'a/b'"),
        (("--db", URL, "--encrypt", "ada"), "Recipient 1 is not an age recipient"),
        (("--db", SLOW, "--timeout", "0.2"), "Interrupted: not done within 0.2 s"),
        (("--db", SLOW, "--timeout", "nan"), "--timeout nan is not a number of seconds above 0"),
        (("--db", URL, "--globals", "roles.sql"), "--globals is not for Script"),
        (
            ("--alias", "stock"),
            "No database URL configured: DATABASES['stock']['OPTIONS']['URL'] (settings) is not set",
        ),
        (("--all-databases",), "No database URL configured: DATABASES (settings) is empty"),
    ],
)
def test_a_failure(tmp_path, args, words):
    """A failure is one line on stderr and exit code 1, and nothing remains."""
    done = viperctl(tmp_path, "backup-db", *args)
    assert done.returncode == 1
    assert re.fullmatch(rf"Error: [^\n]*{re.escape(words)}[^\n]*\n", done.stderr), done.stderr
    assert done.stdout == ""
    assert "hunter2" not in done.stderr
    assert names(tmp_path / "backup") == []


@pytest.mark.parametrize(
    "args",
    [
        ("--all-databases", "--db", URL),
        ("--all-databases", "--name", "x"),
        ("--all-databases", "--alias", "stock"),
        ("--alias", "stock", "--db", URL),
        ("--timeout", "0"),
        ("--no-such",),
    ],
)
def test_wrong_usage(tmp_path, args):
    """What was typed and cannot be meant is exit code 2."""
    done = viperctl(tmp_path, "backup-db", *args)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Usage: ")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal(tmp_path, number):
    """A signal ends a backup, of which nothing remains; the exit code is what a shell says."""
    with running(tmp_path, "backup-db", "--db", SLOW) as process:
        until(is_dumping(tmp_path), "it does not begin")
        process.send_signal(number)
        output, errors = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert (output, errors) == ("", f"Error: Stopped by {number.name}: nothing of the backup remains\n")
    assert names(tmp_path / "backup") == []


def test_nohup(tmp_path):
    """A closed terminal does not end what was told to outlive it."""
    with running(tmp_path, "backup-db", "--db", SLOW, before=["nohup"]) as process:
        until(is_dumping(tmp_path), "it does not begin")
        process.send_signal(signal.SIGHUP)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.5)
        process.terminate()
        assert process.wait(60) == 143


def test_ctrl_c_at_a_terminal(tmp_path):
    """On Ctrl-C the step and how far it is were shown, and are gone; it is said that it stops."""
    with Terminal(tmp_path, "backup-db", "--db", SLOW) as terminal:
        terminal.expect("dump  ")
        terminal.expect("MiB/s")
        terminal.type("\x03")
        assert terminal.end() == 130
    assert terminal.text.endswith(
        "\r\x1b[KStopping: what was begun is taken away ...\r\n"
        "Error: Stopped by SIGINT: nothing of the backup remains\r\n"
    )
    assert names(tmp_path / "backup") == []


def test_a_terminal_that_goes(tmp_path):
    """A backup that was told to outlive its terminal is not stopped by having none to show its progress on."""
    with Terminal(tmp_path, "backup-db", "--db", "bulky://db.example/shop", is_disowned=True) as terminal:
        terminal.expect("dump  ")
        terminal.hang_up()
    assert [name.partition(".")[2] for name in names(tmp_path / "backup")] == ["tar.gz", "tar.gz.meta.json"]


def test_a_terminal_that_cannot_go_back(tmp_path):
    """No progress is shown where a line cannot be written over."""
    with Terminal(tmp_path, "backup-db", "--db", URL, TERM="dumb") as terminal:
        assert terminal.end() == 0
    assert "\x1b" not in terminal.text
    assert terminal.text.startswith("Backed up ")


@pytest.mark.parametrize("name", ["backup-db", "restore-db", "verify-db"])
def test_help_imports_no_engine(name):
    """Its help needs no engine, and nothing that compresses fast, encrypts, or knows a bucket."""
    code = (
        "import sys\nfrom openviper.cli._main import main\n"
        f"assert main(['viperctl', {name!r}, '--help']) == 0\n"
        "print([each for each in sys.modules if each.split('.')[0] in ('sqlite3', 'isal', 'pyrage', 'boto3')])\n"
        "print(sorted(each for each in sys.modules if each.startswith('openviper.backup.engines.')))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    # What an engine is, and what it is told.
    assert done.stdout.splitlines()[-2:] == [
        "[]",
        "['openviper.backup.engines.base', 'openviper.backup.engines.options']",
    ]
    words = "Not for Oracle and" if name == "verify-db" else "command construction tested, never run against a"
    assert words in done.stdout
