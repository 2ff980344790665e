"""Which backup of a database is the newest in a folder."""

from __future__ import annotations

from pathlib import Path

import pytest
import stored_making

from openviper.backup.errors import InvalidArchive, InvalidInput
from openviper.backup.latest import latest_backup
from openviper.backup.sidecar import sidecar_path

URL, SOURCE = "postgresql://ada:secret@db.example/shop", "db.example:5432/shop"


def put(folder: Path, days: int, source: str | None = SOURCE, *, name="shop", engine="postgres") -> Path:
    """Put a backup of some days ago into a folder; return its file."""
    return folder / stored_making.put(folder, days, name=name, engine=engine, source=source)


async def test_the_newest(tmp_path):
    """The newest of the database is taken, however many of others are newer, of its own name or another."""
    put(tmp_path, 0, "db.example:5432/stock", name="stock")
    put(tmp_path, 1, "db2.example:5432/shop")
    put(tmp_path, 2, None)
    put(tmp_path, 3, engine="mariadb")
    newest = put(tmp_path, 4)
    put(tmp_path, 5)
    found = await latest_backup(URL, tmp_path)
    assert found.file == newest
    places = "'mariadb db.example:5432/shop', 'postgres at an unknown place', 'postgres db2.example:5432/shop'"
    assert found.notes == (f"Newer backups of 'shop' are there, of {places}: not taken",)


async def test_one_of_the_future_that_is_another_s(tmp_path):
    """A backup of the future, or one that is gone, is in the way of its own database's newest, and of no other's."""
    newest = put(tmp_path, 2)
    put(tmp_path, -365 * 200, "db2.example:5432/shop")
    put(tmp_path, 1, "db2.example:5432/shop").unlink()
    assert (await latest_backup(URL, tmp_path)).file == newest
    with pytest.raises(InvalidArchive, match="Its time is in the future"):
        await latest_backup("postgresql://db2.example/shop", tmp_path)


@pytest.mark.parametrize("name", ["nightly", "default", "before restore"])
async def test_whatever_it_is_called(tmp_path, name):
    """The newest of the database is taken whatever it is called, and it is said how its older ones are called."""
    newest = put(tmp_path, 1, name=name)
    put(tmp_path, 2)
    put(tmp_path, 0, "db2.example:5432/shop", name="stock")
    found = await latest_backup(URL, tmp_path)
    assert found.file == newest
    assert found.notes == (f"The newest backup of this database is called {name!r}; older ones are called 'shop'",)


async def test_called_otherwise_only(tmp_path):
    """Where all of its backups are called something else, they are found, and there is nothing to say."""
    newest = put(tmp_path, 0, name="nightly")
    put(tmp_path, 1, name="nightly")
    found = await latest_backup(URL, tmp_path)
    assert (found.file, found.notes) == (newest, ())


async def test_called_otherwise_and_not_good(tmp_path):
    """A newest without a sidecar is in the way by each of the names that the database's backups have."""
    put(tmp_path, 2, name="nightly")
    put(tmp_path, 3)
    sidecar_path(put(tmp_path, 0, name="stock")).unlink()
    sidecar_path(put(tmp_path, 1, name="nightly")).unlink()
    with pytest.raises(InvalidArchive, match=r"^The newest backup of 'nightly', .*It has no sidecar"):
        await latest_backup(URL, tmp_path)


async def test_by_its_name(tmp_path):
    """By a name, only its backups are looked at; that the database has a newer one by another name is said."""
    put(tmp_path, 0)
    newest = put(tmp_path, 2, name="nightly")
    put(tmp_path, 1, "db2.example:5432/shop", name="nightly")
    found = await latest_backup(URL, tmp_path, name="nightly")
    assert found.file == newest
    assert found.notes == (
        "Newer backups of 'nightly' are there, of 'postgres db2.example:5432/shop': not taken",
        "A newer backup of this database is called 'shop': not taken; --name shop takes it",
    )


@pytest.mark.parametrize("source", ["db2.example:5432/shop", None])
async def test_of_a_database_elsewhere(tmp_path, source):
    """Those of one other place, or of an older version, are taken where their name is given, and not otherwise."""
    newest = put(tmp_path, 0, source)
    assert (await latest_backup(URL, tmp_path, name="shop")).file == newest
    words = (
        f"of 'postgres {source or 'at an unknown place'}', and not of postgres '{SOURCE}'; --name shop, or FILE, takes"
    )
    with pytest.raises(InvalidInput, match=words):
        await latest_backup(URL, tmp_path)


async def test_of_several_elsewhere(tmp_path):
    """Of two other places, or of another engine, none is taken, and they are named."""
    put(tmp_path, 0, "db2:5432/shop")
    put(tmp_path, 1, "db3:5432/shop")
    with pytest.raises(
        InvalidInput, match=r"'postgres db2:5432/shop', 'postgres db3:5432/shop', and not .*; name FILE"
    ):
        await latest_backup(URL, tmp_path, name="shop")
    with pytest.raises(InvalidInput, match=r"and not of mariadb 'a:3306/shop'; name FILE"):
        await latest_backup("mariadb://a/shop", tmp_path, name="shop")


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda file: sidecar_path(file).unlink(), "It has no sidecar"),
        (lambda file: sidecar_path(file).write_bytes(b"{"), "cannot be read: it is not JSON"),
        (lambda file: file.rename(str(file).replace("2024", "2224")), "It has no sidecar"),
        (lambda file: file.unlink(), "It is gone, and its sidecar is left.*; name another FILE$"),
        (lambda file: (file.rename(file.parent / "moved"), file.symlink_to("moved")), "It is a symbolic link"),
    ],
)
async def test_a_newest_that_is_not_good(tmp_path, damage, words):
    """Where the newest cannot be counted on it is refused and named, and no older one is taken in its place."""
    damage(put(tmp_path, 0))
    put(tmp_path, 1)
    with pytest.raises(
        InvalidArchive, match=rf"^The newest backup of 'shop', '.*/shop_2.240601-030000\.tar\.gz'.*{words}"
    ):
        await latest_backup(URL, tmp_path)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("nowhere", "'nowhere' is not a folder: no backups are there"),
        ("a/../b", "Path traversal detected"),
        (".", r"^No backups of 'shop' are in '\.'; there are some of 'stock'; --name NAME takes one of those$"),
    ],
)
async def test_none(tmp_path, monkeypatch, path, words):
    """Where there is none, it is said."""
    monkeypatch.chdir(tmp_path)
    put(tmp_path, 0, "db.example:5432/stock", name="stock")
    with pytest.raises(InvalidInput, match=words):
        await latest_backup(URL, path)
