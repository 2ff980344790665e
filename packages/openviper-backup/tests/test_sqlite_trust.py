"""Where root restores, nobody else can change what is written to."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from sqlite_making import ROWS, data_of, dump, make_database, names, restore, words

from openviper.backup._sqlite.scratch import open_scratch
from openviper.backup._sqlite.trust import danger
from openviper.backup.engines.base import RestoreOptions
from openviper.backup.errors import RestoreRefused
from openviper.backup.job import Job
from openviper.backup.url import parse_url

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root is in this danger")

NOBODY = 65534
# Puts a link in the place of the folder of a restore, or of the database, as soon as that folder is there.
SWAPPER = """
cd "$1" && echo ready
while :; do [ -e .shop.db.restore ] && mv "$3" moved && ln -s "$2" "$3" && exit; done
"""


@pytest.fixture
def app(tmp_path):
    """A folder that everybody can reach."""
    for each in [tmp_path, *tmp_path.parents][:-2]:
        if not each.stat().st_mode & 0o001:
            each.chmod(0o711)
    (tmp_path / "app").mkdir(mode=0o755)
    return tmp_path / "app"


def own(path: Path) -> None:
    os.chown(path, NOBODY, NOBODY, follow_symlinks=False)


def give_group(path: Path) -> None:
    os.chown(path, 0, NOBODY)
    path.chmod(0o775)


def link_in(path: Path) -> None:
    (path / "shop.db").rename(path / "real.db")
    path.chmod(0o1777)
    (path / "shop.db").symlink_to(path / "real.db")
    own(path / "shop.db")


def own_in(path: Path) -> None:
    path.chmod(0o1777)
    own(path / "shop.db")


def take_out(path: Path) -> None:
    (path / "shop.db").unlink()
    path.chmod(0o1777)


def link_through(path: Path) -> None:
    (path / "theirs").mkdir()
    (path / "real.db").symlink_to(path / "theirs" / "link")
    (path / "shop.db").rename(path / "here.db")
    (path / "theirs" / "link").symlink_to("../here.db")
    (path / "shop.db").symlink_to("real.db")
    own(path / "theirs")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (own, "/app' belongs to nobody, .* run it as that user .sudo -u 'nobody'"),
        (lambda path: os.chown(path, 123_456, 0), "/app' belongs to #123456, .* .sudo -u '#123456'"),
        (lambda path: own(path.parent), "belongs to nobody"),
        (give_group, "others may write in '.*/app' too, .* run it as the user whose database it is"),
        (lambda path: path.chmod(0o777), "others may write in '.*/app' too"),
        (link_in, "/app/shop.db' belongs to nobody"),
        (own_in, "/app/shop.db' belongs to nobody"),
        (take_out, "others may write in '.*/app' too"),
        (link_through, "/app/theirs' belongs to nobody"),
    ],
)
def test_refused(app, change, said):
    """Where another user may change what the path leads to, root is told who restores, and nothing is touched."""
    data = data_of(app / "shop.db")
    make_database(app / "shop.db", "old")
    change(app)
    before = {path: path.stat() for path in app.iterdir()}
    with pytest.raises(RestoreRefused, match=f"^Root does not restore '.*': .*{said}"):
        restore(app / "shop.db", data)
    assert {path: path.stat() for path in app.iterdir()} == before


@pytest.mark.parametrize(("change", "said"), [(own, ["belongs to nobody"]), (lambda _path: None, [])])
def test_a_backup(app, tmp_path, change, said):
    """A backup by root says that root will not restore it, and who can."""
    make_database(app / "shop.db")
    (tmp_path / "backups").mkdir()
    change(app)
    notes = dump(app / "shop.db", tmp_path / "backups")[2]
    start = f"Root will not restore '{app / 'shop.db'}' from this backup: '{app}' "
    assert [note.startswith(start + each) for note, each in zip(notes, said, strict=True)] == [True] * len(said)


def test_links_of_roots_own(app):
    """Links and folders that nobody else may write in, and a file that is another's, are no danger."""
    data = data_of(app / "shop.db")
    make_database(app / "shop.db", "old")
    own(app / "shop.db")
    (app / "inner").mkdir()
    (app / "inner" / "link.db").symlink_to("../shop.db")
    (app / "outer.db").symlink_to(app / "inner" / ".." / "inner" / "link.db")
    restore(app / "outer.db", data)
    assert words(app / "shop.db") == [("new", ROWS)]
    assert (app / "shop.db").stat().st_uid == NOBODY


def test_a_sticky_folder(app):
    """In a folder where everybody may make files, but only take away his own, root's own database is safe."""
    data = data_of(app / "shop.db")
    make_database(app / "shop.db", "old")
    app.chmod(0o1777)
    restore(app / "shop.db", data)
    assert words(app / "shop.db") == [("new", ROWS)]


def test_links_in_a_circle(app):
    """Links that lead nowhere are looked at once."""
    (app / "shop.db").symlink_to("shop.db")
    assert danger(app / "shop.db") is None


def test_another_user(app):
    """A user who is not root restores in what is his."""
    data = data_of(app / "shop.db")
    make_database(app / "shop.db", "old")
    own(app)
    own(app / "shop.db")
    os.seteuid(NOBODY)
    try:
        restore(app / "shop.db", data)
    finally:
        os.seteuid(0)
    assert words(app / "shop.db") == [("new", ROWS)]


@pytest.mark.parametrize("name", [".shop.db.restore", "shop.db"])
def test_a_folder_whose_owner_swaps(app, tmp_path, name):
    """The owner of the folder, who waits for root's restore, gets nothing of root's changed."""
    data = data_of(app / "shop.db")
    make_database(app / "shop.db", "old")
    own(app)
    own(app / "shop.db")
    victim = tmp_path / "victim"
    victim.mkdir(mode=0o700)
    make_database(victim / "other.db", "root's")
    before = {path: path.stat() for path in [victim, *victim.iterdir()]}
    target = victim / "other.db" if name == "shop.db" else victim
    arguments = ["timeout", "20", "sh", "-c", SWAPPER, "sh", app, target, name]
    with subprocess.Popen(arguments, user=NOBODY, group=NOBODY, extra_groups=[], stdout=subprocess.PIPE) as swapper:
        try:
            assert swapper.stdout.readline() == b"ready\n"
            for _ in range(20):
                with pytest.raises(RestoreRefused, match="Root does not restore"):
                    restore(app / "shop.db", data)
            assert swapper.poll() is None
        finally:
            swapper.terminate()
    assert {path: path.stat() for path in [victim, *victim.iterdir()]} == before
    assert names(app) == ["shop.db"]


def test_a_verification(app, tmp_path):
    """A copy that is verified stands where nobody else can reach it: not beside a database of another user."""
    make_database(app / "shop.db", "old")
    (tmp_path / "backups").mkdir()
    data = dump(app / "shop.db", tmp_path / "backups")[0]
    (tmp_path / "backups" / "x.sql").write_bytes(data)
    own(app)
    options = RestoreOptions(tmp_path / "backups" / "x.sql")
    with Job() as job, open_scratch(parse_url(f"sqlite:///{app}/shop.db"), options, job):
        assert names(app) == ["shop.db"]
        assert len(names(tmp_path / "backups")) == 2
