"""Which distributions have a manifest: metadata as installers write it, and as accidents leave it."""

from __future__ import annotations

import os
import sys
import zipfile
from importlib.metadata import DistributionFinder, entry_points

import pytest

from openviper.cli._manifests import GROUP, installed_manifests

ENTRIES = f"[{GROUP}]\nhop = hopping:COMMANDS\n"


@pytest.fixture
def path(tmp_path, monkeypatch):
    """Make a folder the only one on ``sys.path``."""
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    return tmp_path


def install(folder, entries=ENTRIES, name="hopping-kit", metadata="METADATA"):
    folder.mkdir(parents=True)
    (folder / metadata).write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n\nName: nobody\n")
    (folder / "entry_points.txt").write_bytes(entries if isinstance(entries, bytes) else entries.encode())


@pytest.mark.parametrize(
    ("folder", "metadata"),
    [("hopping_kit-1.0.dist-info", "METADATA"), ("hopping_kit.egg-info", "PKG-INFO"), ("H.DIST-INFO", "METADATA")],
)
def test_both_kinds_of_metadata_are_read(path, folder, metadata):
    """A wheel's, and that of an older editable installation."""
    install(path / folder, metadata=metadata)
    assert installed_manifests().manifests == [("hopping-kit", "hopping:COMMANDS")]


@pytest.mark.parametrize(
    ("entries", "values"),
    [
        (
            "[other]\nhop = no:NO\n\n  [openviper.commands]  \n\n# a note\n hop=a:B\nskip = c:D [extra]\n",
            ["a:B", "c:D [extra]"],
        ),
        ("[openviper.commands]\r\nhop = a:B\r\n[other]\r\nskip = c:D\r\n", ["a:B"]),
        ("[other]\n# openviper.commands\nhop = a:B\n", []),
        ("", []),
    ],
)
def test_only_the_lines_of_the_group_count(path, entries, values):
    """As importlib.metadata reads them."""
    install(path / "hopping_kit-1.0.dist-info", entries)
    assert [each.value for each in installed_manifests().manifests] == values
    assert sorted(each.value for each in entry_points(group=GROUP)) == values


def test_the_first_of_two_with_one_name_counts(path, tmp_path_factory):
    """As for imports, and for importlib.metadata."""
    later = tmp_path_factory.mktemp("later")
    install(path / "Hopping.Kit-2.0.dist-info", f"[{GROUP}]\nhop = newer:COMMANDS\n")
    install(later / "hopping_kit-1.0.dist-info")
    sys.path.append(str(later))
    assert [each.value for each in installed_manifests().manifests] == ["newer:COMMANDS"]


@pytest.mark.parametrize(
    ("entries", "reason"),
    [
        (f"[{GROUP}]\nthis is no entry\n", "line 2 is 'this is no entry', not name = module:attribute"),
        (f"[{GROUP}]\n= a:B\n", "line 2 is '= a:B'"),
        (b"[openviper.commands]\nhop = \xff\n", "UnicodeDecodeError"),
    ],
)
def test_damaged_entries_are_named_and_the_others_are_read(path, entries, reason):
    """No traceback: the others work."""
    install(path / "damaged-1.0.dist-info", entries, name="damaged")
    install(path / "hopping_kit-1.0.dist-info")
    found = installed_manifests()
    assert [each.distribution for each in found.manifests] == ["hopping-kit"]
    assert [each.distribution for each in found.broken] == ["damaged"]
    assert reason in found.broken[0].reason


def test_damage_that_has_nothing_to_do_with_commands_is_not_ours(path):
    """importlib.metadata would raise for everybody."""
    install(path / "damaged-1.0.dist-info", b"[console_scripts]\n\xff no entry\n")
    install(path / "hopping_kit-1.0.dist-info")
    found = installed_manifests()
    assert (len(found.manifests), found.broken) == (1, [])


@pytest.mark.parametrize("metadata", [None, b"", b"\xff\xfe", b"Name: hop\xff\n", b"Version: 1\n\nName: nobody\n"])
def test_a_name_that_cannot_be_read_is_taken_from_the_folder(path, metadata):
    """What an interrupted installation left; or the bytes are shown as replaced."""
    install(path / "hopping_kit-1.0.dist-info")
    file = path / "hopping_kit-1.0.dist-info" / "METADATA"
    file.unlink() if metadata is None else file.write_bytes(metadata)
    assert installed_manifests().manifests[0].distribution in ("hopping_kit", "hop\ufffd")


def test_what_is_no_file_is_not_opened(path):
    """A pipe would be waited for."""
    (path / "hopping_kit-1.0.dist-info").mkdir()
    os.mkfifo(path / "hopping_kit-1.0.dist-info" / "entry_points.txt")
    (path / "folder-1.0.dist-info" / "entry_points.txt").mkdir(parents=True)
    (path / "file.egg-info").write_text("Name: file\n")
    found = installed_manifests()
    assert (found.manifests, found.broken) == ([], [])
    assert found.distributions == {"hopping-kit", "folder", "file"}


def test_what_is_no_file_is_not_opened_by_importlib_either(path):
    """Which is asked where something else than folders is on ``sys.path``."""
    (path / "hopping_kit-1.0.dist-info").mkdir()
    for name in ("entry_points.txt", "METADATA"):
        os.mkfifo(path / "hopping_kit-1.0.dist-info" / name)
    (path / "some.zip").write_bytes(b"")
    sys.path.append(str(path / "some.zip"))
    found = installed_manifests()
    assert (found.manifests, found.distributions) == ([], {"hopping-kit"})


def test_what_stands_on_the_path_may_be_missing(path):
    """As it often does."""
    sys.path += ["", path, None, str(path / "nowhere.zip"), str(path / "nowhere")]
    install(path / "hopping_kit-1.0.dist-info")
    assert len(installed_manifests().manifests) == 1


def archive(path):
    with zipfile.ZipFile(path / "kit.zip", "w") as file:
        file.writestr("hopping_kit-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: hopping-kit\nVersion: 1.0\n")
        file.writestr("hopping_kit-1.0.dist-info/entry_points.txt", ENTRIES)
    sys.path.append(str(path / "kit.zip"))


def egg(path):
    install(path / "hopping_kit-1.0.egg" / "EGG-INFO", metadata="PKG-INFO")
    sys.path.append(str(path / "hopping_kit-1.0.egg"))


@pytest.mark.parametrize("make", [archive, egg])
def test_what_is_no_plain_folder_is_left_to_importlib(path, make):
    """A zip archive, an egg; one that is damaged is left out there too."""
    make(path)
    install(path / "damaged-1.0.dist-info", b"[openviper.commands]\n\xff\n", name="damaged")
    found = installed_manifests()
    assert found.manifests == [("hopping-kit", "hopping:COMMANDS")]
    assert "hopping-kit" in found.distributions


def test_a_finder_that_knows_distributions_is_asked(path, monkeypatch):
    """Such as that of a frozen program."""
    install(path / "hidden" / "hopping_kit-1.0.dist-info")
    context = DistributionFinder.Context(path=[str(path / "hidden")])

    class Finder(DistributionFinder):
        def find_distributions(self, asked=None):
            from importlib.metadata import MetadataPathFinder

            return MetadataPathFinder.find_distributions(context)

        def find_spec(self, *args):
            return None

    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, Finder()])
    assert installed_manifests().manifests == [("hopping-kit", "hopping:COMMANDS")]


def test_this_environment_is_read_as_importlib_reads_it():
    """Whatever is installed here."""
    expected = {(each.dist.metadata["Name"], each.value) for each in entry_points(group=GROUP)}
    assert set(installed_manifests().manifests) == expected
