"""Names for packages and commands, and what has a name already."""

from __future__ import annotations

import pytest

from openviper.cli._names import check_command_name, check_package_name, entry_named


@pytest.mark.parametrize("name", ["shop", "my_site2", "Shop", "x", "x" * 36])
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
        ("größe", "'ö' in it is LATIN SMALL LETTER O WITH DIAERESIS"),
        ("\u0455hop", "in it is CYRILLIC SMALL LETTER DZE"),
        ("sho\uff50", "in it is FULLWIDTH LATIN SMALL LETTER P"),
        ("shop\u200b", "in it is ZERO WIDTH SPACE"),
        ("shop\x1b[31m", "letters, digits and _ only"),
        ("x" * 37, "has 37 characters; a package's name has 36 at most"),
        ("_shop", "did you mean 'shop'?"),
        ("shop_", "no _ last; did you mean 'shop'?"),
        ("shop\n", "letters, digits and _ only"),
        ("class", "is a keyword of Python; choose another name, such as 'my_class'"),
        ("None", "is a keyword"),
        ("match", "is a keyword of Python in some places"),
        ("type", "is a keyword of Python in some places"),
        ("json", "module of the standard library; choose another name, such as 'my_json'"),
        ("tomllib", "module of the standard library"),
        ("test", "module of the standard library"),
        ("tests", "stands beside the package"),
        ("Tests", "stands beside the package"),
        ("viperctl", "stands beside the package"),
        ("conftest", "that pytest reads"),
        ("src", "that packages stand in"),
        ("dist", "git ignores"),
        ("backup", "git ignores"),
    ],
)
def test_a_bad_name_is_refused_with_the_reason(name, part):
    """Before anything is written; what a terminal would obey is an escape."""
    with pytest.raises(ValueError, match=r"not a name|keyword|choose another|at most") as caught:
        check_package_name(name)
    assert part in str(caught.value)
    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize("name", ["site_", "class_", "tests_"])
def test_what_would_be_refused_is_not_suggested(name):
    """Else the next try would fail too."""
    with pytest.raises(ValueError, match=r"no _ last$"):
        check_package_name(name)


@pytest.mark.parametrize(
    ("name", "module"), [("import-prices", "import_prices"), ("sync", "sync"), ("match", "match"), ("a_b-c", "a_b_c")]
)
def test_a_command_is_a_module_without_hyphens(name, module):
    """A name that only a statement would take for a keyword is one too."""
    assert check_command_name(name) == module


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("", "letters, digits, - and _ only"),
        ("-x", "a letter first"),
        ("__init__", "a letter first"),
        ("import", "is a keyword"),
        ("json", "module of the standard library"),
        ("a/b", "did you mean 'a_b'?"),
        ("sync.py", "did you mean 'sync_py'?"),
        ("\u0455ync", "CYRILLIC"),
    ],
)
def test_a_bad_command_is_refused_with_the_reason(name, part):
    """Its file could not be imported."""
    with pytest.raises(ValueError, match=r"not a name|keyword|choose another") as caught:
        check_command_name(name)
    assert part in str(caught.value)


@pytest.mark.parametrize(
    ("entry", "name", "is_taken"),
    [
        ("shop", "shop", True),
        ("Shop", "shop", True),
        ("shop.py", "SHOP", True),
        ("shop2", "shop", False),
        ("shop.txt", "shop", False),
    ],
)
def test_a_name_is_taken_by_a_folder_or_a_module(tmp_path, entry, name, is_taken):
    """In other letters of case too, which some file systems do not tell apart."""
    (tmp_path / entry).touch()
    assert entry_named(name, tmp_path) == (tmp_path / entry if is_taken else None)


def test_a_name_is_taken_by_a_link_to_nowhere(tmp_path):
    """It would be written through."""
    (tmp_path / "shop").symlink_to("nowhere")
    assert entry_named("shop", tmp_path) == tmp_path / "shop"


def test_a_folder_that_is_not_there_has_nothing(tmp_path):
    """It is made later."""
    assert entry_named("shop", tmp_path / "nowhere") is None
