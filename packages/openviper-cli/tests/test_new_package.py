"""Whether a new package can have its name where it is to be."""

from __future__ import annotations

import click
import pytest

from openviper.cli._new_package import new_folder


def test_a_free_name_gives_the_folder(tmp_path):
    """Which is not made."""
    assert new_folder("shop", tmp_path) == tmp_path / "shop"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("there", "name", "part"),
    [
        ("shop/x", "shop", "shop is there already"),
        ("Shop/x", "shop", "Shop is there already"),
        ("shop.py", "shop", "shop.py is there already"),
        ("other", "click", "'click' is an installed module"),
        ("other", "openviper", "'openviper' is an installed module"),
    ],
)
def test_a_name_that_is_taken_is_wrong_usage(files, there, name, part):
    """With another that would do."""
    with pytest.raises(click.BadParameter) as caught:
        new_folder(name, files({there: ""}))
    assert part in str(caught.value)
    assert f"such as 'my_{name}'" in str(caught.value)


def test_inside_of_a_package_an_installed_name_is_free(files):
    """It is another module there."""
    folder = files({"__init__.py": ""})
    assert new_folder("click", folder) == folder / "click"
