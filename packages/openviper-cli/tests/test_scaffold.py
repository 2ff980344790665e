"""Names for packages, and writing a folder whole or not at all."""

from __future__ import annotations

import os
import stat

import jinja2
import pytest

from openviper.cli._scaffold import ScaffoldFile, check_package_name, render, write_whole
from openviper.cli.errors import CommandLineError


@pytest.mark.parametrize("name", ["shop", "my_site2", "Shop", "x"])
def test_a_good_name_is_accepted(name):
    """Nothing is returned."""
    check_package_name(name)


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("", "letters, digits and _ only"),
        ("2shop", "a letter first"),
        ("my-shop", "did you mean 'my_shop'?"),
        ("my shop", "did you mean 'my_shop'?"),
        ("my.shop", "did you mean 'my_shop'?"),
        ("../shop", "did you mean 'shop'?"),
        ("größe", "letters, digits and _ only"),
        ("_shop", "did you mean 'shop'?"),
        ("shop_", "did you mean 'shop'?"),
        ("shop\n", "letters, digits and _ only"),
        ("class", "is a keyword"),
        ("json", "module of the standard library"),
        ("tomllib", "module of the standard library"),
        ("tests", "stands beside the package"),
        ("viperctl", "stands beside the package"),
    ],
)
def test_a_bad_name_is_refused_with_the_reason(name, part):
    """Before anything is written."""
    with pytest.raises(ValueError, match=r"not a name|keyword|choose another") as caught:
        check_package_name(name)
    assert part in str(caught.value)


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
