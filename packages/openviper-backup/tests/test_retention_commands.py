"""``viperctl list-backups`` and ``viperctl prune-backups``, as they are typed."""

from __future__ import annotations

import json
import re

import pytest
from backup_terminal import names, viperctl

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
    """A line each, the newest first."""
    done = viperctl(made, "list-backups")
    assert (done.returncode, done.stderr) == (0, "")
    head, *rows = done.stdout.splitlines()
    assert head.split() == ["BACKUP", "ENGINE", "BEGUN", "(UTC)", "SIZE"]
    assert sorted(row.split()[0] for row in rows) == archives(made)
    for row in rows:
        assert re.fullmatch(r"shop_\d{8}-\d{6}(-\d)?\.tar\.gz +script +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +[\d.]+ KiB", row)


def test_list_json(made):
    """An object each, with what the sidecar says."""
    found = json.loads(viperctl(made, "list-backups", "--json").stdout)
    assert sorted(each["file"] for each in found) == [f"backup/{name}" for name in archives(made)]
    assert {(each["name"], each["engine"], each["problem"]) for each in found} == {("shop", "script", None)}


def test_list_what_is_not_complete(tmp_path):
    """A backup without its sidecar is named as such."""
    (tmp_path / "backup").mkdir()
    (tmp_path / "backup" / "shop_20260131-235959.tar.gz").write_bytes(b"x")
    done = viperctl(tmp_path, "list-backups")
    assert done.returncode == 0
    assert re.search(r"shop_20260131-235959\.tar\.gz +\? .* 1 bytes  \S", done.stdout)


def test_none(tmp_path):
    """An empty folder has none, and one that is not there is an error."""
    done = viperctl(tmp_path, "list-backups")
    assert (done.returncode, done.stderr) == (1, "Error: 'backup' is no folder: no backups are there\n")
    (tmp_path / "backup").mkdir()
    done = viperctl(tmp_path, "list-backups")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "No backups are in ./backup\n")


def test_dry_run(made):
    """It says what would go, and nothing goes."""
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


@pytest.mark.parametrize(
    ("args", "code"),
    [
        ((), 1),
        (("--keep-last", "-1"), 2),
        (("--path", "../b", "--keep-last", "1"), 1),
        (("--path", "s3://backups/nightly", "--keep-last", "1"), 1),
    ],
)
def test_refused(made, args, code):
    """Without a rule everything would go."""
    before = archives(made)
    done = viperctl(made, "prune-backups", *args)
    assert (done.returncode, done.stdout, archives(made)) == (code, "", before)
