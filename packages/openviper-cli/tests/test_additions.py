"""Adding files to a folder that is there, all of them or none."""

from __future__ import annotations

import pytest

from openviper.cli._additions import add_whole
from openviper.cli._scaffold import ScaffoldFile
from openviper.cli.errors import CommandLineError


@pytest.fixture
def app(tmp_path):
    """A folder with one file in it."""
    folder = tmp_path / "project"
    (folder / "app").mkdir(parents=True)
    (folder / "app/__init__.py").write_text("mine")
    return folder


def names(folder):
    return sorted(str(each.relative_to(folder)) for each in folder.rglob("*"))


def test_files_are_added_beside_what_is_there(app):
    """With the folders that they need."""
    add_whole(app, [ScaffoldFile("app/new/a.py", "ä\n"), ScaffoldFile("app/b.py", "")])
    assert names(app) == ["app", "app/__init__.py", "app/b.py", "app/new", "app/new/a.py"]
    assert (app / "app/new/a.py").read_bytes() == "ä\n".encode()


@pytest.mark.parametrize("last", ["app/__init__.py", "app/__init__.py/c.py", "x" * 300, "app/new/deeper/a.py/b"])
def test_a_failure_half_way_leaves_what_was_there(app, last):
    """And nothing else: neither files nor folders; nothing is replaced."""
    files = [ScaffoldFile("app/new/deeper/a.py", ""), ScaffoldFile("app/b.py", ""), ScaffoldFile(last, "other")]
    with pytest.raises(CommandLineError, match=r"is there already; nothing was written|; nothing was added$"):
        add_whole(app, files)
    assert names(app) == ["app", "app/__init__.py"]
    assert (app / "app/__init__.py").read_text() == "mine"


def test_what_could_not_be_taken_away_is_named(app):
    """Somebody else's file keeps the folder there."""

    def failing():
        yield ScaffoldFile("app/new/a.py", "")
        (app / "app/new/theirs.py").touch()
        yield ScaffoldFile("x" * 300, "")

    with pytest.raises(CommandLineError) as caught:
        add_whole(app, failing())
    reason = f"{app}/{'x' * 300} cannot be written: File name too long"
    assert str(caught.value) == f"{reason}; these could not be taken away again: {app}/app/new"


def test_a_link_to_nowhere_is_not_written_through(app):
    """It is what is there."""
    (app / "app/a.py").symlink_to("../../elsewhere.py")
    with pytest.raises(CommandLineError, match="is there already"):
        add_whole(app, [ScaffoldFile("app/a.py", "")])
    assert not (app.parent / "elsewhere.py").exists()


def test_an_interruption_half_way_leaves_nothing(app):
    """Ctrl-C too."""

    def interrupted():
        yield ScaffoldFile("app/new/a.py", "")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        add_whole(app, interrupted())
    assert names(app) == ["app", "app/__init__.py"]


def test_what_somebody_else_put_into_a_new_folder_stays(app):
    """Only what is empty is taken away."""

    def disturbed():
        yield ScaffoldFile("app/new/a.py", "")
        (app / "app/new/theirs.py").touch()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        add_whole(app, disturbed())
    assert names(app) == ["app", "app/__init__.py", "app/new", "app/new/theirs.py"]


@pytest.mark.parametrize("path", ["app/linked/a.py", "app/linked/deeper/a.py", "../a.py"])
def test_nothing_is_written_outside(app, path):
    """A link leads there, or the path does."""
    (app.parent / "elsewhere").mkdir()
    (app / "app/linked").symlink_to("../../elsewhere")
    with pytest.raises(CommandLineError, match="outside of"):
        add_whole(app, [ScaffoldFile(path, "")])
    assert list((app.parent / "elsewhere").iterdir()) == []
    assert not (app.parent / "a.py").exists()


def test_a_link_inside_is_followed(app):
    """It is the project's own affair."""
    (app / "real").mkdir()
    (app / "app/linked").symlink_to("../real")
    add_whole(app, [ScaffoldFile("app/linked/a.py", "")])
    assert (app / "real/a.py").is_file()
