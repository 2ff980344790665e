"""``openviper version``."""

from __future__ import annotations

import json
import os
import platform
from importlib.metadata import version
from pathlib import Path

import pytest


@pytest.fixture
def installed(tmp_path):
    """Install the metadata of a distribution, in a folder for PYTHONPATH, which is returned."""

    def install(name, text):
        folder = tmp_path / "installed"
        (folder / f"{name}.dist-info").mkdir(parents=True)
        (folder / f"{name}.dist-info/METADATA").write_text(text)
        return str(folder)

    return install


def test_every_installed_distribution_is_listed(openviper):
    """The framework's version first, as ``--version`` gives it; Python and platform last."""
    result = openviper("version")
    lines = result.stdout.splitlines()
    assert (result.returncode, result.stderr) == (0, "")
    assert lines[0] == openviper("--version").stdout.strip()
    rows = dict(line.split() for line in lines[1:-1])
    assert rows["openviper-core"] == version("openviper-core")
    assert rows["openviper-cli"] == version("openviper-cli")
    assert platform.python_version() in lines[-1]


def test_what_does_not_fit_is_an_error_with_what_mends_it(openviper, installed):
    """One line each, exit code 1."""
    text = "Name: openviper-shop\nVersion: 2.0\nRequires-Dist: openviper-core>=99\nRequires-Dist: openviper-stock\n"
    folder = installed("openviper_shop-2.0", text)
    result = openviper("version", PYTHONPATH=folder)
    core = version("openviper-core")
    assert result.returncode == 1
    assert result.stderr.splitlines() == [
        f"Error: openviper-shop 2.0 needs openviper-core >=99, which is installed in version {core}: "
        "pip install -U openviper-shop openviper-core",
        "Error: openviper-shop 2.0 needs openviper-stock, which is not installed: "
        "pip install -U openviper-shop openviper-stock",
    ]
    told = openviper("version", "--json", PYTHONPATH=folder)
    assert told.returncode == 1
    assert json.loads(told.stdout)["misfits"][0] == {
        "distribution": "openviper-shop",
        "needs": "openviper-core",
        "versions": ">=99",
        "installed": core,
        "mend": "pip install -U openviper-shop openviper-core",
    }


def test_json_has_the_same(openviper):
    """Versions by name."""
    told = json.loads(openviper("version", "--json").stdout)
    assert told["distributions"]["openviper-core"] == version("openviper-core")
    assert platform.python_version() in told["python"]
    assert told["misfits"] == []


@pytest.mark.parametrize("text", ["", "\x00\x00", "Version: 1"])
def test_a_damaged_stranger_does_not_break_it(openviper, installed, text):
    """It is not even a name."""
    result = openviper("version", PYTHONPATH=installed("broken-1.0", text))
    assert (result.returncode, result.stderr) == (0, "")


def test_a_pipe_in_the_place_of_metadata_is_not_waited_for(openviper, installed):
    """It would be for ever; one of ours is told of."""
    folder = Path(installed("stranger-1.0", ""))
    for name in ("stranger-1.0", "openviper_shop-2.0"):
        place = folder / f"{name}.dist-info"
        place.mkdir(exist_ok=True)
        (place / "METADATA").unlink(missing_ok=True)
        os.mkfifo(place / "METADATA")
    result = openviper("version", PYTHONPATH=str(folder))
    assert (result.returncode, result.stderr) == (
        1,
        "Error: openviper-shop 2.0 has metadata that cannot be read: pip install --force-reinstall openviper-shop\n",
    )


def test_a_pipe_in_the_place_of_an_egg_info_is_not_waited_for(openviper, tmp_path):
    """One that is a file holds the metadata itself."""
    os.mkfifo(tmp_path / "openviper_shop.egg-info")
    os.mkfifo(tmp_path / "stranger.egg-info")
    result = openviper("version", cwd=tmp_path, PYTHONPATH=str(tmp_path))
    assert (result.returncode, result.stderr) == (
        1,
        "Error: openviper-shop ? has metadata that cannot be read: pip install --force-reinstall openviper-shop\n",
    )


def test_the_plain_version_needs_no_rules_of_versions(openviper):
    """``--version`` stays quick."""
    source = "import sys\nfrom openviper.cli import main\nmain(['--version'])\nprint('packaging' in sys.modules)"
    assert openviper(command=("-c", source)).stdout.splitlines()[-1] == "False"
