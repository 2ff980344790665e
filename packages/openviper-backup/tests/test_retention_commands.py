"""``viperctl list-backups`` and ``viperctl prune-backups``, as they are typed."""

from __future__ import annotations

import json
import os
import re
from datetime import UTC, datetime

import pytest
from backup_terminal import Terminal, names, viperctl
from stored_making import put

from openviper.backup.sidecar import Sidecar, sidecar_path

URL = "script://db.example/shop"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder whose project has three backups in ``backup``."""
    folder = tmp_path_factory.mktemp("made")
    for _ in range(3):
        assert viperctl(folder, "backup-db", "--db", URL).returncode == 0
    return folder


def archives(folder):
    return [name for name in names(folder / "backup") if name.endswith(".gz")]


def test_list(made):
    """Each backup is a line, the newest first."""
    done = viperctl(made, "list-backups")
    assert (done.returncode, done.stderr) == (0, "")
    head, *rows = done.stdout.splitlines()
    assert head.split() == ["BACKUP", "ENGINE", "BEGUN", "(UTC)", "SIZE", "ROWS", "ENCRYPTED"]
    assert sorted(row.split()[0] for row in rows) == archives(made)
    begun = r"\d{4}-\d\d-\d\d \d\d:\d\d"
    for row in rows:
        assert re.fullmatch(rf"shop_\d{{8}}-\d{{6}}(-\d)?\.tar\.gz +script +{begun} +[\d.]+ KiB +\? +no", row)


def test_list_json(made):
    """Each backup is an object of JSON, with what its sidecar says."""
    found = json.loads(viperctl(made, "list-backups", "--json").stdout)
    assert sorted(each["file"] for each in found) == [f"backup/{name}" for name in archives(made)]
    told = {(each["name"], each["engine"], each["source"], each["problem"]) for each in found}
    assert told == {("shop", "script", "db.example/shop", None)}


def test_list_rows_and_encryption(tmp_path):
    """Rows and encryption are shown as far as the sidecar has them."""
    (tmp_path / "backup").mkdir()
    file = tmp_path / "backup" / "shop_20240131-235959.tar.gz.age"
    file.write_bytes(b"x")
    moment = datetime(2024, 1, 31, 23, 59, 59, tzinfo=UTC)
    sidecar = Sidecar("shop", "script", moment, file.name, "1", "ab" * 32, 1, {"a": 1000, "b": 2}, "gzip", "age")
    sidecar_path(file).write_bytes(sidecar.to_json())
    assert viperctl(tmp_path, "list-backups").stdout.splitlines()[1].split()[-3:] == ["bytes", "1,002", "age"]
    found = json.loads(viperctl(tmp_path, "list-backups", "--json").stdout)[0]
    assert (found["rows"], found["encryption"]) == (1002, "age")


def test_list_what_is_not_complete(tmp_path):
    """Below a backup without its sidecar, it is said why it cannot be counted on."""
    (tmp_path / "backup").mkdir()
    (tmp_path / "backup" / "shop_20240131-235959.tar.gz").write_bytes(b"x")
    done = viperctl(tmp_path, "list-backups")
    assert done.returncode == 0
    assert re.search(r"shop_20240131-235959\.tar\.gz +\? .* 1 bytes +\? +\?\n {4}It has no sidecar", done.stdout)


@pytest.mark.parametrize(
    ("columns", "shown"),
    [
        (
            80,
            "BACKUP                       ENGINE  BEGUN (UTC)       SIZE     ROWS   ENCRYPTED\n"
            "shop_20240131-235959.tar.gz  script  2024-01-31 23:59  1 bytes  1,002  no\n"
            "    Its sidecar is of 'other.tar.gz'\n",
        ),
        (
            79,
            "BACKUP                       ENGINE  SIZE     ROWS   ENCRYPTED\n"
            "shop_20240131-235959.tar.gz  script  1 bytes  1,002  no\n"
            "    Its sidecar is of 'other.tar.gz'\n",
        ),
        (
            30,
            "BACKUP\n  ENGINE  BEGUN (UTC)  SIZE\n  ROWS  ENCRYPTED\n"
            "shop_20240131-235959.tar.gz\n  script  2024-01-31 23:59\n  1 bytes  1,002  no\n"
            "    Its sidecar is of\n    'other.tar.gz'\n",
        ),
    ],
)
def test_list_fits_a_terminal(tmp_path, columns, shown):
    """Where the whole table has no room, the time is left to the name; where that has none, each backup is a block."""
    (tmp_path / "backup").mkdir()
    file = tmp_path / "backup" / "shop_20240131-235959.tar.gz"
    file.write_bytes(b"x")
    moment = datetime(2024, 1, 31, 23, 59, 59, tzinfo=UTC)
    sidecar = Sidecar("shop", "script", moment, "other.tar.gz", "1", "ab" * 32, 1, {"a": 1000, "b": 2}, "gzip")
    sidecar_path(file).write_bytes(sidecar.to_json())
    with Terminal(tmp_path, "list-backups", COLUMNS=str(columns)) as terminal:
        assert terminal.end() == 0
    assert terminal.text.replace("\r\n", "\n") == shown


def test_none(tmp_path):
    """An empty folder has none, and one that is not there is an error."""
    done = viperctl(tmp_path, "list-backups")
    assert (done.returncode, done.stderr) == (1, "Error: 'backup' is not a folder: no backups are there\n")
    (tmp_path / "backup").mkdir()
    done = viperctl(tmp_path, "list-backups")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "No backups are in ./backup\n")


def test_none_of_a_name(made):
    """A name of which there is no backup is said, with those that there are; to prune it is an error."""
    words = "No backups of 'shp' are in './backup'; there are some of 'shop'\n"
    done = viperctl(made, "list-backups", "--name", "shp")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", words)
    done = viperctl(made, "prune-backups", "--name", "shp", "--keep-last", "1")
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"Error: {words}")


def test_dry_run(made):
    """A dry run says what would go, and nothing goes."""
    before = archives(made)
    done = viperctl(made, "prune-backups", "--keep-last", "1", "--dry-run")
    assert (done.returncode, archives(made)) == (0, before)
    first, second, last = done.stdout.splitlines()
    assert {first[:27], second[:27]} == {"Would remove backup/shop_20"}
    assert re.fullmatch(r"1 kept, 2 to be removed; [\d.]+ KiB would be freed", last)


def test_prune(tmp_path):
    """What no rule keeps goes with its sidecar."""
    for _ in range(2):
        viperctl(tmp_path, "backup-db", "--db", URL)
    newest = json.loads(viperctl(tmp_path, "list-backups", "--json").stdout)[0]["file"]
    done = viperctl(tmp_path, "prune-backups", "--keep-monthly", "1", "--json")
    result = json.loads(done.stdout)
    assert (done.returncode, result["kept"], len(result["removed"])) == (0, [newest], 1)
    assert names(tmp_path / "backup") == [newest[7:], f"{newest[7:]}.meta.json"]


def test_stopped(tmp_path):
    """Stopped by Ctrl-C, a pruning says what it has removed."""
    for day in range(2):
        put(tmp_path, day)
    os.truncate(tmp_path / put(tmp_path, -1), 1 << 36)
    with Terminal(tmp_path, "prune-backups", "--path", ".", "--keep-last", "1") as terminal:
        terminal.expect("check")
        terminal.type("\x03")
        assert terminal.end() == 130
    assert "Interrupted: cancelled; nothing was removed\r\nError: Stopped by SIGINT: what no option" in terminal.text


@pytest.mark.parametrize(
    ("args", "code"),
    [
        ((), 2),
        (("--keep-last", "-1"), 2),
        (("--path", "../b", "--keep-last", "1"), 1),
        (("--path", "s3://backups/nightly", "--keep-last", "1"), 1),
    ],
)
def test_refused(made, args, code):
    """A pruning without a rule, of a bucket, or by a path with '..' is refused, and nothing goes."""
    before = archives(made)
    done = viperctl(made, "prune-backups", *args)
    assert (done.returncode, done.stdout, archives(made)) == (code, "", before)
