"""Writing a folder whole or not at all."""

from __future__ import annotations

import os
import stat

import jinja2
import pytest

from openviper.cli._scaffold import ScaffoldFile, render, write_whole
from openviper.cli.errors import CommandLineError


def test_a_value_that_a_template_misses_is_an_error():
    """Not an empty string in somebody's settings."""
    with pytest.raises(jinja2.UndefinedError):
        render({"project/env.jinja": ".env"})


def test_a_folder_is_written_with_its_modes(tmp_path):
    """The umask counts, except where a file must be private."""
    before = os.umask(0o022)
    try:
        write_whole(tmp_path / "new", [ScaffoldFile("a/b.py", "ä\n"), ScaffoldFile(".env", "", 0o600)])
    finally:
        os.umask(before)
    assert (tmp_path / "new/a/b.py").read_bytes() == "ä\n".encode()
    modes = {name: stat.S_IMODE((tmp_path / "new" / name).stat().st_mode) for name in ("", "a", "a/b.py", ".env")}
    assert modes == {"": 0o755, "a": 0o755, "a/b.py": 0o644, ".env": 0o600}


@pytest.mark.parametrize("kind", ["folder", "file", "dangling link"])
def test_what_is_there_is_left_alone(tmp_path, kind):
    """Even an empty folder."""
    place = tmp_path / "new"
    {"folder": place.mkdir, "file": place.touch, "dangling link": lambda: place.symlink_to("nowhere")}[kind]()
    with pytest.raises(CommandLineError, match="is there already"):
        write_whole(place, [ScaffoldFile("a.py", "")])
    assert [each.name for each in tmp_path.iterdir()] == ["new"]
    assert kind != "folder" or not list(place.iterdir())


@pytest.mark.parametrize("files", [[("a.py", ""), ("a.py", "")], [("a.py", ""), ("a.py/b.py", "")], [("x" * 300, "")]])
def test_a_failure_half_way_leaves_nothing(tmp_path, files):
    """Neither the folder nor what was being written."""
    with pytest.raises(CommandLineError, match="nothing is left of it"):
        write_whole(tmp_path / "new", [ScaffoldFile(*each) for each in files])
    assert list(tmp_path.iterdir()) == []


def test_an_interruption_half_way_leaves_nothing(tmp_path):
    """Ctrl-C too."""

    def interrupted():
        yield ScaffoldFile("a.py", "")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / "new", interrupted())
    assert list(tmp_path.iterdir()) == []
