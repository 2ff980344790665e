"""What installed distributions offer: real metadata on sys.path."""

from __future__ import annotations

import os
from importlib.metadata import PathDistribution
from pathlib import Path

import pytest

from openviper.core.entrypoints import (
    METADATA,
    distribution_of,
    folder_name,
    has_endless,
    installed_distributions,
    installed_entries,
    normal_name,
)


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Return a function that puts a distribution with entry points on ``sys.path``."""
    monkeypatch.syspath_prepend(tmp_path)

    def put(name, entries, metadata=True):
        info = tmp_path / f"{name.replace('-', '_')}-1.0.dist-info"
        info.mkdir()
        if metadata:
            (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(entries)

    return put


def test_entries_come_by_distribution_and_name(install):
    """The order does not depend on the order of installation."""
    install("zoo-shop", "[viper.test]\nb = zoo:b\na = zoo:a\n")
    install("app-shop", "[viper.test]\nz = app:z\n\n[viper.other]\nx = app:x\n")
    found = [(distribution_of(entry), entry.name, entry.value) for entry in installed_entries("viper.test")]
    assert found == [("app-shop", "z", "app:z"), ("zoo-shop", "a", "zoo:a"), ("zoo-shop", "b", "zoo:b")]


def test_no_entry_is_loaded(install):
    """A manifest may name what cannot be imported here."""
    install("shop", "[viper.test]\na = nosuchpackage:thing\n")
    assert [entry.value for entry in installed_entries("viper.test")] == ["nosuchpackage:thing"]


def test_a_group_that_nobody_offers_is_empty():
    """Nothing installed is no error."""
    assert installed_entries("viper.nobody") == []


def test_a_leftover_folder_without_metadata_has_the_name_of_the_folder(install):
    """What an interrupted installation left behind does not stop the others."""
    install("left-over", "[viper.test]\na = left:a\n", metadata=False)
    install("shop", "[viper.test]\nb = shop:b\n")
    assert [distribution_of(entry) for entry in installed_entries("viper.test")] == ["left-over", "shop"]


@pytest.mark.parametrize(
    "damaged",
    [b"[viper.test]\nthis is no entry\n", b"\xff\xfe[viper.test]\na = b:c\n", b"[viper.other]\nno entry either\n"],
)
def test_a_damaged_distribution_is_left_out_and_named(install, tmp_path, caplog, damaged):
    """Whatever its group is, it does not cost the others their entries; it is said once."""
    install("shop", "[viper.test]\nb = shop:b\n")
    install("damaged", "")
    (tmp_path / "damaged-1.0.dist-info" / "entry_points.txt").write_bytes(damaged)
    for _ in range(2):
        assert [entry.value for entry in installed_entries("viper.test")] == ["shop:b"]
    assert caplog.text.count(f"the entry points of damaged ({tmp_path}") == 1


@pytest.mark.parametrize("what", ["a FIFO", "a device"])
def test_entry_points_in_what_is_no_file_are_left_out_and_named(install, tmp_path, caplog, what):
    """A FIFO would be waited for, and a device has no end."""
    install("shop", "[viper.test]\nb = shop:b\n")
    install("endless", "")
    put_endless(tmp_path / "endless-1.0.dist-info" / "entry_points.txt", what)
    assert [entry.value for entry in installed_entries("viper.test")] == ["shop:b"]
    assert f"the entry points of endless ({tmp_path}) are left out" in caplog.text
    assert "it is no regular file" in caplog.text


@pytest.mark.parametrize("path", ["web_shop-1.0.dist-info/METADATA", "web_shop.egg-info/PKG-INFO", "web_shop.egg-info"])
@pytest.mark.timeout(10)
def test_a_fifo_in_the_place_of_metadata_is_not_read(tmp_path, monkeypatch, path):
    """The distribution is there, under the name of its folder, whose name may stand for no folder too."""
    (tmp_path / path).parent.mkdir(exist_ok=True)
    put_endless(tmp_path / path, "a FIFO")
    monkeypatch.setattr("sys.path", [str(tmp_path)])
    assert [name for name, _ in installed_distributions()] == ["web-shop"]


@pytest.mark.timeout(10)
def test_entries_are_there_where_a_fifo_takes_the_place_of_metadata(install, tmp_path):
    """They have the name of the folder."""
    install("web-shop", "[viper.test]\nb = shop:b\n", metadata=False)
    put_endless(tmp_path / "web_shop-1.0.dist-info" / "METADATA", "a FIFO")
    assert [distribution_of(entry) for entry in installed_entries("viper.test")] == ["web-shop"]


def test_a_distribution_without_a_place_has_no_files(tmp_path, monkeypatch):
    """What another finder gives is not looked for in the current directory."""
    put_endless(tmp_path / "METADATA", "a FIFO")
    monkeypatch.chdir(tmp_path)
    assert not has_endless(object(), *METADATA)


def put_endless(path, what):
    path.unlink(missing_ok=True)
    if what == "a FIFO":
        os.mkfifo(path)
    else:
        path.symlink_to(os.devnull)


@pytest.mark.parametrize("damaged", [b"Name: sh\xffop\n", b"", b"Name:\n", b"no metadata"])
def test_metadata_that_cannot_be_read_leaves_the_name_of_the_folder(install, tmp_path, damaged):
    """The entries are there all the same."""
    install("web-shop", "[viper.test]\nb = shop:b\n")
    (tmp_path / "web_shop-1.0.dist-info" / "METADATA").write_bytes(damaged)
    assert [distribution_of(entry) for entry in installed_entries("viper.test")] == ["web-shop"]


@pytest.mark.parametrize(
    ("folder", "told"),
    [
        ("web_shop-1.0.dist-info", ("web-shop", "1.0")),
        ("web_shop-1.0.post1.dist-info", ("web-shop", "1.0.post1")),
        ("web_shop.egg-info", ("web-shop", "?")),
        ("web_shop-1.0.egg-info", ("web-shop", "1.0")),
        ("web_shop-1.0-py3.12.egg-info", ("web-shop", "1.0")),
        ("shop.dist-info", ("shop", "?")),
        ("-1.0.dist-info", ("?", "?")),
        ("shop-1.0", ("?", "?")),
        ("", ("?", "?")),
    ],
)
def test_a_folder_tells_what_stands_in_its_name(folder, told):
    """Where the metadata tells nothing."""
    assert folder_name(PathDistribution(Path(folder))) == told


def test_every_distribution_is_there_once(install, tmp_path, monkeypatch):
    """The first of a name on ``sys.path`` counts, however it is written; damage keeps none from being there."""
    install("web-shop", "no entry\n")
    install("left-over", "", metadata=False)
    later = tmp_path / "later" / "Web.Shop-2.0.dist-info"
    later.mkdir(parents=True)
    (later / "METADATA").write_text("Metadata-Version: 2.1\nName: Web.Shop\nVersion: 2.0\n")
    monkeypatch.setattr("sys.path", [str(tmp_path), str(later.parent)])
    assert sorted(name for name, _ in installed_distributions()) == ["left-over", "web-shop"]


@pytest.mark.parametrize("name", ["web-shop", "Web_Shop", "web.shop", "web--_shop"])
def test_names_are_compared_as_the_specification_says(name):
    """https://packaging.python.org/specifications/name-normalization/."""
    assert normal_name(name) == "web-shop"
