"""What is typed for ``viperctl test``, as pytest takes it."""

from __future__ import annotations

import sys

import pytest

from openviper.cli._test_labels import pytest_arguments
from openviper.core.projects import search_from

SETTINGS = """
from openviper.conf import BaseSettings
class Settings(BaseSettings):
    INSTALLED_APPS = ("labelled.shop", "labelled.one.cart", "labelled.two.cart")
"""


@pytest.fixture
def site(files, monkeypatch):
    """A project in force, with an app ``labelled.shop``, and a folder ``elsewhere`` in it."""
    packages = ("labelled", "labelled/shop", "labelled/shop/tests", "labelled/one/cart", "labelled/two/cart")
    folder = files(
        {
            "labelled/settings.py": SETTINGS,
            "labelled/shop/tests/test_cart.py": "",
            "tests/test_site.py": "",
            "elsewhere/test_near.py": "",
        }
        | {f"{name}/__init__.py": "" for name in packages}
    )
    monkeypatch.setattr(sys, "path", [str(folder), *sys.path])
    monkeypatch.setenv("OPENVIPER_SETTINGS_MODULE", "labelled.settings")
    search_from(str(folder))
    yield folder
    search_from(None)


@pytest.mark.parametrize(
    ("label", "argument"),
    [
        ("tests", "tests"),
        ("tests/test_site.py", "tests/test_site.py"),
        ("tests/test_site.py::test_it[a::b]", "tests/test_site.py::test_it[a::b]"),
        ("test_near.py", "elsewhere/test_near.py"),
        ("labelled", "labelled"),
        ("labelled.shop", "labelled/shop"),
        ("labelled.shop.tests.test_cart", "labelled/shop/tests/test_cart.py"),
        ("labelled.shop.tests.test_cart.TestIt.test_a", "labelled/shop/tests/test_cart.py::TestIt::test_a"),
        ("labelled.shop.tests.test_cart::test_b", "labelled/shop/tests/test_cart.py::test_b"),
        ("shop", "labelled/shop"),
    ],
)
def test_paths_modules_apps_and_ids_name_tests(site, label, argument):
    """Paths from the current folder first; nothing is imported."""
    assert pytest_arguments([label], here=site / "elsewhere", root=site) == [f"{site}/{argument}"]
    assert not [name for name in sys.modules if name.startswith("labelled")]


@pytest.mark.parametrize(
    ("label", "part"),
    [
        ("shpo", "did you mean 'shop'?"),
        ("labelled.shpo", "did you mean 'labelled.shop'?"),
        ("tests/test_sit.py", "did you mean 'tests/test_site.py'?"),
        ("labelled.shop.tests.test_card", "did you mean 'labelled.shop.tests.test_cart'?"),
        ("json", "no module of"),
        ("pytest", "no module of"),
        ("", "is no path"),
        ("../nowhere/x", "is no path"),
    ],
)
def test_what_names_nothing_is_one_sentence(site, label, part):
    """With the nearest that there is; what is installed is none of the project's."""
    with pytest.raises(ValueError, match=r"is no path, no module of .* and no installed app") as caught:
        pytest_arguments([label], here=site, root=site)
    assert repr(label) in str(caught.value)
    assert part in str(caught.value)


def test_a_label_of_two_apps_is_refused_with_both(site):
    """As wherever apps are named."""
    with pytest.raises(ValueError, match=r"^'cart' is the label of labelled\.one\.cart and labelled\.two\.cart; give"):
        pytest_arguments(["cart"], here=site, root=site)
