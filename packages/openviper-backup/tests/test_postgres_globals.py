"""Roles and tablespaces in a file of their own."""

from __future__ import annotations

import asyncio
import os

import pytest
from postgres_dumping import dump, dumping, put_first_on_path

from openviper.backup.backup import backup_database
from openviper.backup.errors import BackupError, IncompleteDump, InvalidInput, TargetBusy, ToolFailed, ToolMissing


def save(postgres, folder, file, **options):
    """Make a backup with its roles."""
    url = postgres.fresh().url
    return asyncio.run(backup_database(url, folder, globals_file=file, **options))


def test_a_superuser_saves_roles_with_their_passwords(postgres, tmp_path):
    """Roles are saved with their passwords in a file that nobody else may read, with a note."""
    file = tmp_path / "globals.sql"
    file.write_text("older")
    _, _, notes = dump(postgres.url(postgres.fresh().name), tmp_path, globals_file=file)
    assert "CREATE ROLE owner;" in file.read_text()
    assert "PASSWORD 'SCRAM-SHA-256$" in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600
    assert notes == (f"Roles and tablespaces are in {str(file)!r}",)
    assert [path.name for path in tmp_path.iterdir()] == ["globals.sql"]


def test_an_owner_saves_roles_without_passwords(postgres, tmp_path):
    """Who may not read passwords saves roles without them, and is told so."""
    file = tmp_path / "globals.sql"
    _, _, notes = dump(postgres.fresh().url, tmp_path, globals_file=file)
    assert "CREATE ROLE owner;" in file.read_text()
    assert "PASSWORD" not in file.read_text()
    assert notes == (f"Roles and tablespaces are in {str(file)!r}, but passwords, which a superuser alone can read",)


def test_nothing_is_replaced_before_the_dump_is_whole(postgres, tmp_path):
    """A dump that is given up leaves the older file, and no other."""
    file = tmp_path / "globals.sql"
    file.write_text("older")
    (tmp_path / "globals.sql.part").write_text("left by a killed run")
    with dumping(postgres.fresh().url, tmp_path, globals_file=file) as running:
        running.read(10)
        assert (tmp_path / "globals.sql.part").stat().st_mode & 0o777 == 0o600
    assert file.read_text() == "older"
    assert [path.name for path in tmp_path.iterdir()] == ["globals.sql"]


def test_two_at_once(postgres, tmp_path):
    """The second is refused, and the first one's roles are whole."""
    file = tmp_path / "globals.sql"
    url = postgres.fresh().url
    with dumping(url, tmp_path, globals_file=file) as running:
        with pytest.raises(TargetBusy, match=r"Another backup is writing .*globals\.sql"):
            dump(url, tmp_path, globals_file=file)
        while running.read(1 << 20):
            pass
        running.finish()
    assert "CREATE ROLE owner;" in file.read_text()
    assert [path.name for path in tmp_path.iterdir()] == ["globals.sql"]


@pytest.mark.parametrize(
    ("script", "error", "message"),
    [
        ('"$REAL" "$@" | head -c 500', IncompleteDump, "pg_dumpall exited 0, and what it wrote has no end"),
        ('"$REAL" "$@"; exit 3', ToolFailed, "pg_dumpall exited 3"),
    ],
)
def test_roles_that_are_not_whole_are_no_backup(postgres, tmp_path, monkeypatch, script, error, message):
    """That roles are not whole is said before the dump begins; nothing of them remains."""
    version = 'case "$1" in --version) exec "$REAL" "$@";; esac'
    put_first_on_path(monkeypatch, tmp_path / "bin", "pg_dumpall", f"{version}\n{script}")
    (tmp_path / "to").mkdir()
    with pytest.raises(error, match=message):
        dump(postgres.fresh().url, tmp_path, globals_file=tmp_path / "to" / "globals.sql")
    assert [*(tmp_path / "to").iterdir()] == []


def test_an_older_pg_dumpall_is_refused(postgres, tmp_path, monkeypatch):
    """A pg_dumpall that is older than the server is refused."""
    put_first_on_path(monkeypatch, tmp_path / "bin", "pg_dumpall", "echo 'pg_dumpall (PostgreSQL) 9.6.1'")
    with pytest.raises(ToolMissing, match=r"pg_dumpall is of PostgreSQL 9\.6, and the server of"):
        dump(postgres.fresh().url, tmp_path, globals_file=tmp_path / "globals.sql")


def test_a_folder_is_refused(postgres, tmp_path):
    """A folder for the roles is refused before anything runs."""
    with pytest.raises(InvalidInput, match="is a folder; expected the file"):
        dump(postgres.fresh().url, tmp_path, globals_file=tmp_path)


def test_a_pipe_is_refused(postgres, tmp_path):
    """What is no file, such as a device, is refused before anything runs, and stays; a link to one too."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(tmp_path / "pipe")
    for name in ("pipe", "link"):
        with pytest.raises(InvalidInput, match=f"{name}' is a device, a pipe or a socket; expected the file"):
            dump(postgres.fresh().url, tmp_path, globals_file=tmp_path / name)
    assert (tmp_path / "pipe").is_fifo()


def test_a_folder_that_is_not_there(postgres, tmp_path):
    """That the roles cannot be written is said of them, by the name that was given, and no backup is made."""
    file = tmp_path / "nowhere" / "globals.sql"
    with pytest.raises(BackupError, match=f"^--globals '{file}' cannot be written: No such file or directory$"):
        save(postgres, tmp_path / "backup", file)
    assert [*(tmp_path / "backup").iterdir()] == []


@pytest.mark.parametrize("step", ["sync", "read back", "publish", "sidecar"])
def test_without_a_backup_the_older_stay(postgres, tmp_path, step):
    """Whatever goes wrong before the backup has its name, the roles of the last one stay."""
    file = tmp_path / "globals.sql"
    file.write_text("older")

    def stop(progress):
        if progress.step == step:
            raise RuntimeError("stopped")

    with pytest.raises(RuntimeError, match="stopped"):
        save(postgres, tmp_path / "backup", file, on_progress=stop)
    assert file.read_text() == "older"
    assert [*(tmp_path / "backup").iterdir()] == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup", "globals.sql"]


def test_with_a_backup_they_are_there(postgres, tmp_path):
    """Once the backup is made, so are the roles, and a note says where."""
    file = tmp_path / "globals.sql"
    done = save(postgres, tmp_path / "backup", file)
    assert done.notes == (
        f"Roles and tablespaces are in {str(file)!r}, but passwords, which a superuser alone can read",
    )
    assert "CREATE ROLE owner;" in file.read_text()


def test_they_cannot_take_their_place(postgres, tmp_path):
    """Where only that fails the error says that the backup is made."""
    file = tmp_path / "globals.sql"

    def block(progress):
        if progress.step == "sidecar":
            (file / "full").mkdir(parents=True)

    with pytest.raises(BackupError, match=f"^The backup is made, and --globals '{file}' cannot be written: "):
        save(postgres, tmp_path / "backup", file, on_progress=block)
    assert len([*(tmp_path / "backup").iterdir()]) == 2
    assert not file.with_name("globals.sql.part").exists()
