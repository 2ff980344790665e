"""``viperctl restore-db --resume`` and ``--undo``, as they are typed."""

from __future__ import annotations

import re

import pytest
from backup_terminal import viperctl
from ledger_commands import OLD, live, url


@pytest.mark.parametrize("way", ["--resume", "--undo"])
def test_nothing_to_settle(folder, way):
    """Only an engine whose swap is more than one step can leave something."""
    done = viperctl(folder, "restore-db", "new.sql", "--db", url(folder), way)
    assert (done.returncode, live(folder)) == (1, OLD)
    assert re.fullmatch(r"Error: [^\n]*leaves nothing to be finished or undone[^\n]*\n", done.stderr)


@pytest.mark.parametrize(("way", "words"), [("--resume", "Finished"), ("--undo", "Undid")])
def test_settle(folder, way, words):
    """A restore that was killed in its swap is finished, or undone."""
    done = viperctl(folder, "restore-db", "new.sql", "--db", url(folder, "done"), way)
    assert done.stdout == f"{words} the restore of {url(folder, 'done')} from new.sql\n"
    assert done.stderr == f"Note: settled {way == '--resume'} of new.sql\n"


@pytest.mark.parametrize("way", ["--resume", "--undo"])
def test_settle_with_other_options(folder, way):
    """What only a restore can be told is refused; --force, which would be typed again, is not."""
    done = viperctl(folder, "restore-db", "new.sql", "--db", url(folder, "done"), way, "--no-owner")
    assert (done.returncode, f"--no-owner is not for {way}, which goes on with" in done.stderr) == (2, True)
    assert viperctl(folder, "restore-db", "new.sql", "--db", url(folder, "done"), way, "--force").returncode == 0


def test_settle_from_a_bucket(folder):
    """A restore from a bucket is finished by what it has left in the folder where it was begun."""
    done = viperctl(folder, "restore-db", "s3://shelf/a/new.sql", "--db", url(folder, "done"), "--resume")
    assert done.stdout == f"Finished the restore of {url(folder, 'done')} from s3://shelf/a/new.sql\n"
    assert done.stderr == f"Note: settled True of {folder / 'new.sql'}\n"


def test_both_ways(folder):
    """To finish a restore and to undo it exclude each other."""
    assert viperctl(folder, "restore-db", "new.sql", "--db", url(folder), "--resume", "--undo").returncode == 2
