"""``viperctl restore-db``, as it is typed."""

from __future__ import annotations

import io
import json
import re
import signal
import tarfile

import pytest
from backup_terminal import Terminal, names, project, running, until, viperctl
from ledger_commands import NEW, OLD, archive, live, url
from ledger_engine import dump_of


def test_force(folder):
    """By force a restore replaces what is there without a question, and says what it could not check."""
    done = viperctl(folder, "restore-db", "new.sql", "--db", url(folder), "--force")
    assert (done.returncode, live(folder)) == (0, NEW)
    first, second = done.stdout.splitlines()
    assert first == f"Restored {url(folder)} from new.sql"
    assert re.fullmatch(r"  \d+ bytes in [\d.]+ s", second)
    notes = done.stderr.splitlines()
    assert notes[0].startswith("Note: 'new.sql' has no sidecar")
    assert notes[1:] == ["Note: accepted", "Note: swapped"]


def test_round_trip(folder):
    """What backup-db has made brings everything back."""
    file = archive(folder)
    (folder / "live").write_bytes(b"things\tdamaged\n")
    done = viperctl(folder, "restore-db", file, "--db", url(folder), "--force", "--keep-old")
    assert (done.returncode, live(folder)) == (0, OLD)
    assert re.search(r"^  1 table with 1 row, as recorded; \d+ bytes in [\d.]+ s$", done.stdout, re.MULTILINE)
    assert f"  The old data is kept: {folder / 'live.old'}\n" in done.stdout
    assert done.stderr == "Note: accepted\nNote: swapped\n"


def test_of_another_database(folder):
    """A backup of another name is restored by force, and it is said what it is of."""
    file = archive(folder)
    done = viperctl(folder, "restore-db", file, "--db", f"ledger:///{folder / 'other'}", "--force")
    assert (done.returncode, (folder / "other").read_bytes()) == (0, OLD)
    before, after = (re.escape(repr(str(folder / name))) for name in ("live", "other"))
    words = rf"The backup is of {before} from [\d-]{{10}} [\d:]{{8}} UTC; the database it was restored to is {after}"
    assert re.match(f"Note: {words}\n", done.stderr)


def test_no_data(folder):
    """Where nothing would be lost, nothing is asked."""
    (folder / "live").unlink()
    assert viperctl(folder, "restore-db", "new.sql", "--db", url(folder)).returncode == 0
    assert live(folder) == NEW


def test_json(folder):
    """JSON is one object, with what the library returns."""
    done = viperctl(folder, "restore-db", "new.sql", "--db", url(folder), "--force", "--json")
    result = json.loads(done.stdout)
    assert (result["file"], result["target"], result["engine"], result["kept"]) == (
        "new.sql",
        url(folder),
        "ledger",
        None,
    )
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("none.tar.gz",), "Backup file not found: 'none.tar.gz'"),
        (("a/../new.sql",), "Path traversal detected"),
        (("torn.tar.gz", "--force"), "it is torn, its end is missing ('torn.tar.gz'); the target is as it was"),
        (("other.tar.gz", "--force"), "No 'backup.sql' member found in archive"),
        (("new.sql",), "holds data, which the restore would replace; --force (force=True) allows it"),
        (("short.sql", "--force"), "Its last line is missing"),
        (("wrong.sql", "--force"), "ledger exited 3: syntax error; the target is as it was"),
        ((".", "--force"), "is a folder"),
    ],
)
def test_a_failure(folder, args, words):
    """One line on stderr, exit code 1, and the data is as it was."""
    (folder / "torn.tar.gz").write_bytes(b"\x1f\x8b\x08")
    (folder / "short.sql").write_bytes(dump_of(b"new")[:-3])
    (folder / "wrong.sql").write_bytes(dump_of(b"new\tnew"))
    with tarfile.open(folder / "other.tar.gz", "w:gz") as made:
        made.addfile(tarfile.TarInfo("readme.txt"), io.BytesIO())
    done = viperctl(folder, "restore-db", *args, "--db", url(folder))
    assert done.returncode == 1
    assert re.fullmatch(rf"Error: [^\n]*{re.escape(words)}[^\n]*\n", done.stderr), done.stderr
    assert (done.stdout, live(folder)) == ("", OLD)


def test_no_database(folder):
    """Neither --db nor a project."""
    done = viperctl(folder, "restore-db", "new.sql", "--force")
    assert done.returncode == 1
    assert done.stderr == (
        "Error: No database URL configured: DATABASES['default']['OPTIONS']['URL'] (settings) is not set, and no "
        f"project was found in {str(folder)!r} or above; give --db URL, or set it\n"
    )


@pytest.mark.parametrize("command", ["restore-db", "verify-db"])
def test_an_alias(folder, command):
    """Another of the project's databases is named by its alias; --db names a database as well, and not both."""
    project(folder, default="nodb:///x", stock=url(folder))
    more = ["--force"] if command == "restore-db" else []
    assert viperctl(folder, command, "new.sql", *more, "--alias", "stock").returncode == 0
    both = viperctl(folder, command, "new.sql", "--alias", "stock", "--db", url(folder))
    assert (both.returncode, "--db and --alias are given" in both.stderr) == (
        2,
        True,
    )


def test_without_stdin(folder):
    """A program without a standard input has nobody to ask."""
    closed = ["sh", "-c", 'exec "$@" <&-', "sh"]
    with running(folder, "restore-db", "new.sql", "--db", url(folder), before=closed) as process:
        output, errors = process.communicate(timeout=60)
    assert (process.returncode, output, live(folder)) == (1, "", OLD)
    assert "holds data, which the restore would replace; --force (force=True) allows it\n" in errors


def test_without_stderr(folder):
    """A program without a standard error does its work, and says what is for its output."""
    closed = ["sh", "-c", 'exec "$@" 2>&-', "sh"]
    with running(folder, "restore-db", "new.sql", "--db", url(folder), "--force", before=closed) as process:
        output, _ = process.communicate(timeout=60)
    assert (process.returncode, live(folder)) == (0, NEW)
    assert output.startswith(f"Restored {url(folder)} from new.sql\n")


def test_without_a_last_line_by_choice(folder):
    """``--no-verify-trailer`` takes what there is, and says so."""
    (folder / "short.sql").write_bytes(dump_of(b"new")[: -len(b"-- LEDGER END\n")])
    done = viperctl(folder, "restore-db", "short.sql", "--db", url(folder), "--force", "--no-verify-trailer")
    assert (done.returncode, live(folder)) == (0, NEW)
    assert "Note: without its last line\n" in done.stderr


@pytest.mark.parametrize("answer", ["y\n", "YES\n"])
def test_yes(folder, answer):
    """At a terminal a restore asks, by what would be lost and what would stand there."""
    with Terminal(folder, "restore-db", "new.sql", "--db", url(folder)) as terminal:
        terminal.expect(f"'{url(folder)}' holds data. Replace it with what is in 'new.sql'? [y/N]: ")
        assert live(folder) == OLD
        terminal.type(answer)
        assert terminal.end() == 0
    assert live(folder) == NEW


@pytest.mark.parametrize("answer", ["n\n", "\n", "yesterday\n", "\x04"])
def test_no(folder, answer):
    """Any other answer than yes is a no, which is a failure."""
    with Terminal(folder, "restore-db", "new.sql", "--db", url(folder)) as terminal:
        terminal.expect("[y/N]: ")
        terminal.type(answer)
        assert terminal.end() == 1
    assert terminal.text.endswith(f"Error: Not restored: '{url(folder)}' is as it was\r\n")
    assert live(folder) == OLD


def test_typed_ahead(folder):
    """What was typed before the question is no answer to it."""
    with Terminal(folder, "restore-db", "new.sql", "--db", url(folder)) as terminal:
        terminal.type("y\n")
        terminal.expect("[y/N]: ")
        terminal.type("n\n")
        assert terminal.end() == 1
    assert live(folder) == OLD


def test_no_answer(folder):
    """Ctrl-C at the question ends it at once."""
    with Terminal(folder, "restore-db", "new.sql", "--db", url(folder)) as terminal:
        terminal.expect("[y/N]: ")
        terminal.type("\x03")
        assert terminal.end() == 130
    assert terminal.text.endswith("Error: Stopped by SIGINT: the target is as it was\r\n")
    assert (live(folder), "live.new" in names(folder)) == (OLD, False)


@pytest.mark.parametrize(
    ("args", "words"),
    [((), "the target is as it was"), (("--in-place",), "the target may be loaded in part (--in-place)")],
)
def test_a_signal(folder, args, words):
    """A signal ends the restore, and it is said what holds then."""
    with (folder / "large.sql").open("wb") as file:
        file.write(dump_of(b"new")[:-14])
        file.truncate(4 << 30)
    with running(folder, "restore-db", "large.sql", "--db", url(folder), "--force", *args) as process:
        until(lambda: "live.lock" in names(folder), "it does not begin")
        process.send_signal(signal.SIGTERM)
        output, errors = process.communicate(timeout=60)
    assert (process.returncode, output, errors) == (143, "", f"Error: Stopped by SIGTERM: {words}\n")
    assert (live(folder), "live.new" in names(folder)) == (OLD, False)


@pytest.mark.parametrize(("late", "code", "words"), [("done", 0, "Restored "), ("stuck", 1, "Error: Run it again")])
def test_a_signal_that_comes_too_late(folder, late, code, words):
    """What became of a restore that could not be stopped any more is said, and not that it was."""
    with running(folder, "restore-db", "new.sql", "--db", url(folder, late), "--force") as process:
        until(lambda: "swapping" in names(folder), "it does not come to its end")
        process.send_signal(signal.SIGTERM)
        output, errors = process.communicate(timeout=60)
    assert (process.returncode, live(folder)) == (code, NEW)
    assert (output + errors).startswith(words)
