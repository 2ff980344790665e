"""``viperctl backup-db --all-databases``, as it is typed."""

from __future__ import annotations

import json

from backup_terminal import is_dumping, names, project, running, until, viperctl

URL = "script://ada:hunter2@db.example/shop"
SLOW = "slow://ada:hunter2@db.example/shop"


def test_all_databases(tmp_path):
    """Each has its backup, under names that tell two of the same name apart."""
    project(tmp_path, default=URL, stock="script://db.example/stock", other="script://elsewhere.example/shop")
    done = viperctl(tmp_path, "backup-db", "--all-databases")
    assert done.returncode == 0
    assert [line.split(" to ")[0] for line in done.stdout.splitlines() if " to " in line] == [
        "Backed up default",
        "Backed up stock",
        "Backed up other",
    ]
    files = [name for name in names(tmp_path / "backup") if name.endswith(".gz")]
    assert [name.split("_")[0] for name in files] == ["default", "other", "stock"]


def test_one_more_database(tmp_path):
    """Each is named by its alias, so that one that is added does not change what another's backups are called."""
    more = {}
    for alias in ("default", "a/b"):
        more[alias] = f"script://{len(more)}.example/shop"
        project(tmp_path, **more)
        assert viperctl(tmp_path, "backup-db", "--all-databases").returncode == 0
    files = [name for name in names(tmp_path / "backup") if name.endswith(".gz")]
    assert [name.rpartition("_")[0] for name in files] == ["a_b", "default", "default"]


def test_all_databases_but_one(tmp_path):
    """One that fails is named, and no reason to leave out the others."""
    project(tmp_path, default="nodb://db.example/shop", stock=URL, empty="")
    done = viperctl(tmp_path, "backup-db", "--all-databases", "--json")
    assert done.returncode == 1
    first, second, third = json.loads(done.stdout)
    assert (first["alias"], first["error"][:40]) == ("default", "Unsupported database scheme 'nodb'; supp")
    assert (second["alias"], second["database_name"]) == ("stock", "stock")
    assert (third["alias"], third["error"][:26]) == ("empty", "No database URL configured")
    assert done.stderr.splitlines()[-1] == "Error: 2 of 3 databases were not backed up: 'default', 'empty'"


def test_all_databases_are_stopped(tmp_path):
    """A signal ends all of it; the backups that were said to be made stand."""
    project(tmp_path, default=URL, stock=SLOW, last=URL)
    with running(tmp_path, "backup-db", "--all-databases") as process:
        assert process.stdout.readline().startswith("Backed up default to ")
        until(is_dumping(tmp_path), "it does not begin")
        process.terminate()
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 143
    assert "Stopped by SIGTERM: the backup that was being made is gone" in errors
    assert [name[:8] for name in names(tmp_path / "backup")] == ["default_", "default_"]


def test_all_databases_are_stopped_and_one_stays(tmp_path):
    """What a stopped backup could not take away again is said, and nothing else of it."""
    project(tmp_path, default=URL, stock="stuck-dump://db.example/stock", last=URL)
    with running(tmp_path, "backup-db", "--all-databases") as process:
        assert process.stdout.readline().startswith("Backed up default to ")
        until(is_dumping(tmp_path), "it does not begin")
        process.terminate()
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "\nError: 'stock': What was sent still stands there\n" in errors
    assert errors.endswith("\nError: Stopped, and 'stock' could not be taken away; what was said to be made stands\n")
    assert "is gone" not in errors


def test_all_databases_have_one_time(tmp_path):
    """--timeout is for all of them together."""
    project(tmp_path, default=SLOW, stock=URL)
    done = viperctl(tmp_path, "backup-db", "--all-databases", "--timeout", "0.5")
    assert (done.returncode, done.stdout, names(tmp_path / "backup")) == (1, "", [])
    assert done.stderr.splitlines() == [
        "Error: 'default': Interrupted: not done within 0.5 s",
        "Error: 'stock': Interrupted: the 0.5 s were over before it was its turn",
        "Error: 2 of 2 databases were not backed up: 'default', 'stock'",
    ]


def test_all_databases_with_a_full_output(tmp_path):
    """That stdout takes nothing more is no reason to leave databases out."""
    project(tmp_path, default=URL, stock="script://db.example/stock")
    with running(tmp_path, "backup-db", "--all-databases", before=["bash", "-c", '"$@" >/dev/full', "bash"]) as process:
        _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors.count("Error: stdout cannot be written")) == (1, 1)
    assert [name.split("_")[0] for name in names(tmp_path / "backup") if name.endswith(".gz")] == ["default", "stock"]
