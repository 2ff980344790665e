"""A backup is whole, or there is none."""

from __future__ import annotations

import errno
import hashlib
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from archive_making import read_all
from dump_script import MOMENT, ScriptedEngine, order

from openviper.backup._writing.making import make_backup
from openviper.backup.encryption import parse_recipients
from openviper.backup.errors import BackupError, IncompleteDump, Interrupted, NotEnoughSpace, ToolFailed
from openviper.backup.job import Job
from openviper.backup.sidecar import read_sidecar

STEPS = ["dump", "sync", "read back", "publish", "sidecar"]
HERE = Path(__file__).parent
RECIPIENT = "age1mt9lfmhu6mv66vyr9tgqmant5vujzah7f5336wyjp5cx9rartemqjsw2n3"


def make(folder, engine=None, on_progress=None, **options):
    with Job(on_progress=on_progress) as job:
        return make_backup(order(folder, engine, **options), job)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("fast", [False, True])
def test_an_archive_and_its_sidecar(tmp_path, fast):
    """An archive and its sidecar stand alone, for their owner only, and the sidecar's facts are true."""
    engine = ScriptedEngine(row_counts={"things": 100_000})
    made = make(tmp_path / "new" / "folder", engine, fast=fast)
    assert names(made.file.parent) == ["shop_20260131-235958.tar.gz", "shop_20260131-235958.tar.gz.meta.json"]
    assert {path.stat().st_mode & 0o777 for path in (made.file, made.sidecar_file)} == {0o600}
    assert made.file.parent.stat().st_mode & 0o777 == 0o700
    data = made.file.read_bytes()
    assert read_all(data) == engine.content
    assert (made.bytes, made.dump_bytes) == (len(data), len(engine.content))
    assert made.notes == ("a note",)
    sidecar = read_sidecar(made.file)
    assert sidecar == made.sidecar
    assert sidecar.checksum == hashlib.sha256(data).hexdigest()
    assert (sidecar.filename, sidecar.timestamp) == (made.file.name, MOMENT)
    assert (sidecar.database_name, sidecar.db_engine) == ("shop", "script")
    assert (sidecar.dump_bytes, sidecar.row_counts) == (len(engine.content), {"things": 100_000})
    assert (sidecar.compression, sidecar.encryption) == ("gzip", None)
    assert engine.steps == ["begin", "finish", "end"]


def test_a_plain_dump(tmp_path):
    """Uncompressed, the file is the dump, and has its sidecar too."""
    engine = ScriptedEngine()
    made = make(tmp_path, engine, compress=False)
    assert names(tmp_path) == ["shop_20260131-235958.sql", "shop_20260131-235958.sql.meta.json"]
    assert made.file.read_bytes() == engine.content
    assert made.sidecar.checksum == hashlib.sha256(engine.content).hexdigest()
    assert made.sidecar.compression is None


def test_steps_are_told_in_order(tmp_path):
    """Each step is told once it begins, and bytes in it."""
    told = []
    engine = ScriptedEngine(size=3_100_000)
    make(tmp_path, engine, told.append)
    assert list(dict.fromkeys(each.step for each in told)) == STEPS
    dump = [(each.done, each.total) for each in told if each.step == "dump"]
    half = 1 << 19
    assert dump == [(0, None), *((each * half, 3_100_000) for each in range(1, 6)), (3_100_000, 3_100_000)]


@pytest.mark.parametrize("compress", [False, True])
@pytest.mark.parametrize(
    ("script", "error"),
    [
        ({"fails": ToolFailed("pg_dump exited 1", tool="pg_dump", exit_code=1)}, ToolFailed),
        ({"fails_at_finish": IncompleteDump("no trailer")}, IncompleteDump),
        ({"content": b""}, IncompleteDump),
        ({"size": 3}, IncompleteDump),
        ({"fails": Interrupted("told to")}, Interrupted),
        ({"fails": MemoryError()}, MemoryError),
        ({"fails_at_finish": OSError(errno.EIO, "Input/output error")}, BackupError),
    ],
)
def test_a_dump_that_fails_leaves_nothing(tmp_path, compress, script, error):
    """Whatever the dump fails with, no file remains, and the engine's end was reached."""
    engine = ScriptedEngine(**script)
    with pytest.raises(error):
        make(tmp_path, engine, compress=compress)
    assert names(tmp_path) == []
    assert engine.steps[-1] == "end"


@pytest.mark.parametrize("compress", [False, True])
@pytest.mark.parametrize("step", STEPS)
def test_cancelled_at_each_step(tmp_path, step, compress):
    """Cancelled at whatever step, nothing remains."""
    with Job(on_progress=lambda progress: job.cancel() if progress.step == step else None) as job:
        try:
            make_backup(order(tmp_path, compress=compress), job)
        except Interrupted:
            assert names(tmp_path) == []
        else:
            # Behind the last check it is too late: the backup is there, whole.
            assert step == "sidecar"
            assert len(names(tmp_path)) == 2


@pytest.mark.parametrize("step", STEPS)
def test_an_error_at_each_step(tmp_path, step):
    """Whatever is raised at whatever step, nothing remains."""

    def fail(progress):
        if progress.step == step:
            raise RuntimeError(step)

    with pytest.raises(RuntimeError, match=step):
        make(tmp_path, on_progress=fail)
    assert names(tmp_path) == []


def test_the_time_is_over(tmp_path):
    """A deadline ends it, and nothing remains."""
    with Job(timeout=0.05) as job, pytest.raises(Interrupted, match="not done within"):
        make_backup(order(tmp_path, ScriptedEngine(repeat=10_000)), job)
    assert names(tmp_path) == []


def test_two_in_one_second(tmp_path):
    """Backups of the same second stand beside each other, each with its sidecar."""
    made = [make(tmp_path, ScriptedEngine(content=bytes([65 + number]) * 99)) for number in range(3)]
    assert [each.file.name for each in made] == [
        "shop_20260131-235958.tar.gz",
        "shop_20260131-235958-2.tar.gz",
        "shop_20260131-235958-3.tar.gz",
    ]
    assert [read_all(each.file.read_bytes())[:1] for each in made] == [b"A", b"B", b"C"]
    assert [read_sidecar(each.file).filename for each in made] == [each.file.name for each in made]


def test_several_at_once(tmp_path):
    """Backups that run at the same time do not meet."""
    contents = [b"%d\n" % number * 200_000 for number in range(6)]
    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(lambda content: make(tmp_path, ScriptedEngine(content=content)), contents))
    assert len(names(tmp_path)) == 12
    for content, each in zip(contents, made, strict=True):
        assert read_all(each.file.read_bytes()) == content
        assert read_sidecar(each.file) == each.sidecar


@pytest.mark.parametrize(
    ("size", "compress", "is_encrypted"),
    [
        (3 << 20, False, False),
        (3 << 20, True, False),
        (3 << 20, True, True),
        # Half of the disk for what is staged, and not enough for what becomes of it.
        (600_000, True, True),
    ],
)
def test_a_full_disk(disk, size, compress, is_encrypted):
    """A disk that becomes full fails the backup with that reason; nothing of it remains, and nothing else goes."""
    (disk / "kept").write_bytes(b"x")
    engine = ScriptedEngine(content=os.urandom(size))
    recipients = parse_recipients([RECIPIENT]) if is_encrypted else ()
    with pytest.raises(NotEnoughSpace, match=r"The backup cannot be written: '.*disk.*': No space left on device"):
        make(disk, engine, compress=compress, recipients=recipients)
    assert names(disk) == ["kept"]
    assert engine.steps[-1] == "end"
    assert os.statvfs(disk).f_bfree > 250


def test_a_disk_full_at_the_sidecar(disk):
    """A disk that has no room for the sidecar fails the backup, and nothing of it remains."""

    def fill(progress):
        if progress.step == "read back" and not (disk / "kept").exists():
            with (disk / "kept").open("wb", 0) as file, suppress(OSError):
                while file.write(bytes(4096)):
                    pass

    with pytest.raises(NotEnoughSpace):
        make(disk, ScriptedEngine(content=b"few\n" * 100), fill)
    assert names(disk) == ["kept"]


@pytest.mark.parametrize("below", ["file", "file/folder"])
def test_a_folder_that_cannot_be(tmp_path, below):
    """A file where the folder should be is said."""
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(BackupError, match=r"cannot be written: .*file"):
        make(tmp_path / below)


UNPRIVILEGED = """
import os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from dump_script import ScriptedEngine, order
from openviper.backup._writing.making import make_backup
from openviper.backup.errors import BackupError
from openviper.backup.job import Job

engine = ScriptedEngine()
what = order(Path(sys.argv[2]), engine)
os.chdir("/")
if os.getuid() == 0:
    os.setgroups([])
    os.setresgid(65534, 65534, 65534)
    os.setresuid(65534, 65534, 65534)
try:
    with Job() as job:
        make_backup(what, job)
except BackupError as error:
    print(engine.steps, error)
"""


@pytest.mark.parametrize("name", ["", "new/folder"])
def test_a_folder_that_may_not_be_written(name):
    """A folder without the right to write is said, before anything is dumped."""
    with tempfile.TemporaryDirectory() as locked:
        Path(locked).chmod(0o555)
        run = subprocess.run(
            [sys.executable, "-c", UNPRIVILEGED, HERE, Path(locked) / name], capture_output=True, text=True, check=True
        )
        assert run.stdout.startswith("[] The backup cannot be written: ")
        assert run.stdout.endswith("Permission denied\n")
        assert names(Path(locked)) == []


def test_a_disk_that_is_read_only(disk):
    """A disk that is read only is said to be."""
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    with pytest.raises(BackupError, match=r"Read-only file system"):
        make(disk)
