"""A backup whose folder becomes another one while it is made."""

from __future__ import annotations

from pathlib import Path

import pytest
from dump_script import order

from openviper.backup._writing.making import make_backup
from openviper.backup.errors import BackupError
from openviper.backup.job import Job

STEPS = ["dump", "sync", "read back", "publish", "sidecar"]


def make(folder: Path, on_progress=None):
    with Job(on_progress=on_progress) as job:
        return make_backup(order(folder), job)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("step", STEPS)
def test_a_link_that_leads_elsewhere_meanwhile(tmp_path, step):
    """A link to a folder that is switched in the run changes nothing: the backup is whole in the folder it led to."""
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
    link = tmp_path / "current"
    link.symlink_to("first")

    def switch(progress):
        if progress.step == step:
            link.unlink()
            link.symlink_to("second")

    made = make(link, on_progress=switch)
    assert names(tmp_path / "first") == [made.file.name, made.sidecar_file.name]
    assert names(tmp_path / "second") == []
    assert {made.file.parent, made.sidecar_file.parent} == {tmp_path / "first"}


def test_a_link_to_a_folder(tmp_path):
    """A backup is named by the folder that was given, be it a link."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("folder")
    assert make(tmp_path / "link").file.parent == tmp_path / "link"


@pytest.mark.parametrize("step", STEPS)
def test_a_folder_that_is_renamed_meanwhile(tmp_path, step):
    """Of a folder that is renamed in the run, it is said that what was written stands there."""
    folder = tmp_path / "folder"

    def rename(progress):
        if progress.step == step:
            folder.rename(tmp_path / "renamed")

    with pytest.raises(
        BackupError, match=f"'{folder}' was renamed or replaced meanwhile: what was written, which is not a backup"
    ):
        make(folder, on_progress=rename)
    assert all(not name.endswith(".json") for name in names(tmp_path / "renamed"))
