"""What somebody else's code does is undone."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from openviper.cli._side_effects import Containment


def test_a_block_that_does_nothing_has_no_deeds():
    """As a manifest should."""
    with Containment() as contained:
        pass
    assert contained.deeds == []


def misbehave():
    print("one\ntwo")
    os.chdir("/")
    sys.path = []
    os.environ["ADDED"] = "by a stranger"
    del os.environ["HOME"]
    sys.exit(3)


def test_everything_is_undone_where_the_block_fails(tmp_path, capsys, monkeypatch):
    """The error passes."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/me")
    entries, output, environment = list(sys.path), sys.stdout, os.environ.copy()
    contained = Containment()
    with pytest.raises(SystemExit), contained:
        misbehave()
    assert contained.deeds == [
        r"printed 'one\\ntwo'",
        "changed sys.path",
        "changed os.environ",
        "changed the current directory",
    ]
    assert (str(Path.cwd()), sys.path, sys.stdout) == (str(tmp_path), entries, output)
    assert os.environ.copy() == environment
    assert capsys.readouterr().out == ""


def test_a_directory_that_is_gone_is_no_error(tmp_path, monkeypatch):
    """It cannot be gone back to, whether it went before or inside."""
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    with Containment() as contained:
        os.chdir("/")
        gone.rmdir()
    assert contained.deeds == ["changed the current directory"]
    gone.mkdir()
    os.chdir(gone)
    gone.rmdir()
    with Containment() as contained:
        os.chdir("/")
    assert contained.deeds == []
