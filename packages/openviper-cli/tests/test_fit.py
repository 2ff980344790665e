"""Whether installed distributions fit together."""

from __future__ import annotations

import os
from importlib.metadata import Distribution, PathDistribution
from pathlib import Path

import pytest

from openviper.cli._fit import Installed, misfits, openviper_distributions

CORE = Installed("openviper-core", "0.1.3")


@pytest.fixture
def metadata(tmp_path):
    """Write the METADATA of a distribution, or another content of its folder."""

    def write(folder, text, name="METADATA"):
        place = tmp_path / folder
        place.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        return PathDistribution(place)

    return write


def test_ours_are_found_by_their_names(metadata):
    """Normalised, sorted, with what they need; the first of two counts."""
    found = openviper_distributions(
        [
            metadata(
                "a", "Name: OpenViper_Core\nVersion: 0.1\nProvides-Extra: x\nRequires-Dist: click>=8; extra == 'x'\n"
            ),
            metadata("b", "Name: openviper-core\nVersion: 0.2\n"),
            metadata("c", "Name: openviper\nVersion: 1\n"),
            metadata("d", "Name: openviperish\nVersion: 1\n"),
            metadata("e", "Name: openviper-shop\n"),
        ]
    )
    assert found == [
        Installed("openviper", "1"),
        Installed("openviper-core", "0.1", ("click>=8; extra == 'x'",), ("x",)),
        Installed("openviper-shop", "?"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Version: 1\n",
        b"\xff\xfe\x00",
        "\x00" * 100,
        "Name: \n",
        "Name: openviper-x\nRequires-Dist: \xff".encode("latin-1"),
    ],
)
def test_damaged_metadata_is_passed_over(metadata, text):
    """Whosever it is, the others are told."""
    good = metadata("good", "Name: openviper-core\nVersion: 0.1\n")
    assert openviper_distributions([metadata("damaged", text), good]) == [Installed("openviper-core", "0.1")]


def test_a_folder_without_metadata_is_passed_over(tmp_path):
    """As an interrupted pip leaves it; so is what cannot be read at all."""

    class Unreadable(Distribution):
        def read_text(self, filename):
            raise PermissionError(filename)

        def locate_file(self, path):
            return Path(path)

    (tmp_path / "empty.dist-info").mkdir()
    assert openviper_distributions([PathDistribution(tmp_path / "empty.dist-info"), Unreadable()]) == []


@pytest.mark.parametrize(
    ("name", "content"),
    [("other", b""), ("METADATA", b"Name: openviper-core\n\xff"), ("METADATA", None), ("PKG-INFO", None)],
)
def test_ours_without_metadata_is_named_by_its_folder(tmp_path, metadata, name, content):
    """And told of; a pipe is not waited for, and another of its name that can be read counts."""
    folder = tmp_path / "openviper_core-0.1.3.dist-info"
    folder.mkdir()
    os.mkfifo(folder / name) if content is None else (folder / name).write_bytes(content)
    [found] = openviper_distributions([PathDistribution(folder)])
    assert found == Installed("openviper-core", "0.1.3", is_readable=False)
    assert [str(each) for each in misfits([found])] == [
        "openviper-core 0.1.3 has metadata that cannot be read: pip install --force-reinstall openviper-core"
    ]
    good = metadata("good", "Name: openviper-core\nVersion: 0.2\n")
    assert openviper_distributions([PathDistribution(folder), good]) == [Installed("openviper-core", "0.2")]


@pytest.mark.parametrize(
    ("requirement", "message"),
    [
        ("openviper-core>=0.1,<0.2", None),
        ("openviper_core", None),
        ("openviper-core>=0.1.3rc1", None),
        ("openviper-core @ file:///core.whl", None),
        ("openviper-core>=0.2", "openviper-core >=0.2, which is installed in version 0.1.3"),
        ("openviper-core<0.1", "openviper-core <0.1, which is installed in version 0.1.3"),
        ("openviper-core==0.1", "openviper-core ==0.1, which is installed in version 0.1.3"),
        ("openviper-core>=0.2; extra == 'all'", "openviper-core >=0.2, which is installed in version 0.1.3"),
        ("openviper-core>=0.2; extra == 'other'", None),
        ("openviper-core>=0.2; python_version < '3'", None),
        ("openviper-db>=1", "openviper-db >=1, which is not installed"),
        ("openviper-db", "openviper-db, which is not installed"),
        ("openviper-db>=1; extra == 'all'", None),
        ("click>=99", None),
    ],
)
def test_what_is_needed_is_held_against_what_is_there(requirement, message):
    """By pip's rules of versions and markers; an extra's need counts where it is installed."""
    one = Installed("openviper-email", "0.4", (requirement,), ("all",))
    found = [str(each) for each in misfits([CORE, one])]
    name = (message or "").split(",")[0].split(" ")[0]
    expected = [f"openviper-email 0.4 needs {message}: pip install -U openviper-email {name}"] if message else []
    assert found == expected


@pytest.mark.parametrize("text", ["openviper core !!", "openviper-core ((((", ""])
def test_a_need_that_cannot_be_read_is_told(text):
    """Whether it fits is not known, and is not called a fit."""
    one = Installed("openviper-email", "0.4", (text,))
    assert [str(each) for each in misfits([CORE, one])] == [
        f"openviper-email 0.4 has damaged metadata, {text!r} is no requirement: "
        "pip install --force-reinstall openviper-email"
    ]


def test_a_version_that_is_none_does_not_suit():
    """It is for whoever installed it to mend."""
    one = Installed("openviper-email", "0.4", ("openviper-core>=0.1",))
    assert [each.found for each in misfits([Installed("openviper-core", "?"), one])] == ["?"]


def test_what_is_installed_here_fits():
    """The workspace itself."""
    found = openviper_distributions()
    assert {"openviper-cli", "openviper-core"} <= {each.name for each in found}
    assert misfits(found) == []
