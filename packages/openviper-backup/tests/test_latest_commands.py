"""``--latest`` of ``viperctl restore-db`` and ``viperctl verify-db``, as it is typed."""

from __future__ import annotations

import json
import shutil
import time

import pytest
from backup_terminal import names, project, viperctl

OLDER, NEWER, DAMAGED = b"things\tolder\n", b"things\tnewer\n", b"things\tdamaged\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with a database, and two backups of it in ``backup``: of other data each."""
    folder = tmp_path_factory.mktemp("made")
    for content in (OLDER, NEWER):
        (folder / "live").write_bytes(content)
        assert viperctl(folder, "backup-db", "--db", "ledger:///live", "--count-rows").returncode == 0
    (folder / "live").write_bytes(DAMAGED)
    return folder


@pytest.fixture
def folder(made, tmp_path):
    """A copy of it, whose database is damaged."""
    return shutil.copytree(made, tmp_path / "copy")


def latest(folder):
    """The newest one's name; those of one second have numbers."""
    found = [name for name in names(folder / "backup") if name.endswith(".gz")]
    return max(found, key=lambda name: (name[:20], len(name), name))


def wait_for_another_second(folder):
    """Of backups of one second by different names, none is the newer one."""
    while time.strftime("%Y%m%d-%H%M%S", time.gmtime()) in latest(folder):
        time.sleep(0.05)


@pytest.mark.parametrize("args", [(), ("--path", "backup"), ("--name", "live")])
def test_restored(folder, args):
    """The newest backup of the database is restored, and the message says which it was."""
    done = viperctl(folder, "restore-db", "--latest", *args, "--db", "ledger:///live", "--force")
    assert (done.returncode, done.stderr) == (0, "Note: accepted\nNote: swapped\n")
    assert done.stdout.startswith(f"Restored ledger:///live from backup/{latest(folder)}\n")
    assert (folder / "live").read_bytes() == NEWER


@pytest.mark.parametrize("command", [("restore-db", "--force"), ("verify-db",)])
def test_notes(folder, command):
    """What is to be said of the choice is on stderr, and in the JSON where that is asked for."""
    wait_for_another_second(folder)
    assert viperctl(folder, "backup-db", "--db", "ledger:///live", "--name", "nightly").returncode == 0
    note = "A newer backup of this database is called 'nightly': not taken; --name nightly takes it"
    args = (*command, "--latest", "--name", "live", "--db", "ledger:///live")
    told, done = viperctl(folder, *args, "--json"), viperctl(folder, *args)
    assert (told.returncode, told.stderr, json.loads(told.stdout)["notes"][0]) == (0, "", note)
    assert done.stderr.splitlines()[0] == f"Note: {note}"


def test_what_all_databases_wrote(folder):
    """What --all-databases wrote of a database is found by its alias, whatever the database itself is called."""
    project(folder, default="ledger:///live", other="ledger:///second")
    (folder / "second").write_bytes(OLDER)
    assert viperctl(folder, "backup-db", "--all-databases", "--path", "all").returncode == 0
    for alias in ("default", "other"):
        done = viperctl(folder, "verify-db", "--latest", "--path", "all", "--alias", alias)
        assert done.stdout.startswith(f"Verified all/{alias}_"), done.stderr


def test_verified(folder):
    """The newest backup of the database is verified."""
    done = viperctl(folder, "verify-db", "--latest", "--db", "ledger:///live")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"Verified backup/{latest(folder)}: ")


def tear(file):
    file.write_bytes(file.read_bytes()[:-40])


def change(file):
    content = bytearray(file.read_bytes())
    content[-20] ^= 1
    file.write_bytes(content)


def strip(file):
    file.with_name(f"{file.name}.meta.json").unlink()


@pytest.mark.parametrize("damage", [tear, change, strip])
@pytest.mark.parametrize("command", [("restore-db", "--force"), ("verify-db",)])
def test_a_newest_that_is_damaged(folder, command, damage):
    """Where the newest is torn, changed or has no sidecar it is refused and named, and no older one is taken."""
    newest = latest(folder)
    damage(folder / "backup" / newest)
    done = viperctl(folder, *command, "--latest", "--db", "ledger:///live")
    assert (done.returncode, done.stdout) == (1, "")
    assert newest in done.stderr
    assert (folder / "live").read_bytes() == DAMAGED


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        ((), 2, "Missing argument 'FILE', or --latest"),
        (("a.sql", "--latest"), 2, "FILE and --latest are given: expected one of them"),
        (("", "--db", "ledger:///live"), 1, "'' is not a path"),
        (("a.sql", "--path", "backup"), 2, "--path is for --latest"),
        (("a.sql", "--name", "live"), 2, "--name is for --latest"),
        (("--latest", "--resume"), 2, "--latest is not for --resume and --undo"),
        (("--latest", "--path", "s3://backups/nightly"), 1, "is in a bucket; expected a folder"),
        (("--latest",), 1, "No database URL configured"),
        (("--latest", "--db", "ledger:///live", "--alias", "other"), 2, "--db and --alias are given"),
        (("--latest", "--alias", ""), 1, "DATABASES['']"),
        (("--latest", "--db", "ledger:///other"), 1, "No backups of 'other' are in 'backup'; there are some of 'live'"),
        (("--latest", "--db", "ledger://other/live"), 1, "are of 'ledger live', and not of ledger 'other/live'"),
    ],
)
def test_refused(folder, args, code, words):
    """What says nothing, or too much, is refused before anything is looked at."""
    done = viperctl(folder, "restore-db", *args)
    assert (done.returncode, done.stdout) == (code, "")
    assert words in done.stderr
    assert (folder / "live").read_bytes() == DAMAGED
