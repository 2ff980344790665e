"""Sections that installed distributions name."""

from __future__ import annotations

import sys

import pytest

from openviper._settings.core import LifespanSettings
from openviper.conf import BaseSettings
from openviper.conf._installed import installed_hint, installed_sections, section_of

SECTIONS = """
from dataclasses import dataclass

@dataclass(frozen=True, kw_only=True)
class ShopSettings:
    SHOP_CURRENCY: str = "EUR"

@dataclass(frozen=True, kw_only=True)
class StockSettings:
    STOCK_SIZE: int = 5

PAIR = (ShopSettings, StockSettings)
NUMBER = 5
MIXED = (ShopSettings, 5)
"""


@pytest.fixture
def install(tmp_path, monkeypatch):
    """``install(value)``: a distribution whose entry point openviper.settings has this value is installed."""
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "shop_sections.py").write_text(SECTIONS)
    metadata = tmp_path / "openviper_shop-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: openviper-shop\nVersion: 1.0\n")

    def install(value):
        (metadata / "entry_points.txt").write_text(f"[openviper.settings]\nshop = {value}\n")
        installed_sections.cache_clear()

    yield install
    installed_sections.cache_clear()
    sys.modules.pop("shop_sections", None)


def names():
    return {each.__name__ for each in installed_sections().sections}


def test_the_cores_own_section_is_found():
    """The core names its section as every distribution does."""
    assert LifespanSettings in installed_sections().sections
    assert section_of("SHUTDOWN_TIMEOUT") is LifespanSettings


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("shop_sections:ShopSettings", {"ShopSettings"}),
        ("shop_sections:PAIR", {"ShopSettings", "StockSettings"}),
    ],
)
def test_an_entry_is_one_section_or_several(install, value, found):
    """Its value is a class, or a tuple of classes."""
    install(value)
    assert names() >= found
    assert installed_sections().problems == ()


def test_a_sections_hint_is_known(install):
    """So that a project may leave the annotation out."""
    install("shop_sections:ShopSettings")
    assert installed_hint("SHOP_CURRENCY") is str
    assert installed_hint("SHOP_NOTHING") is None

    class Settings(BaseSettings):
        SHOP_CURRENCY = "CHF"

    assert Settings().SHOP_CURRENCY == "CHF"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("no_such_module:Settings", "ModuleNotFoundError"),
        ("shop_sections:Nothing", "AttributeError"),
        ("shop_sections:NUMBER", "5 is not a dataclass"),
        ("shop_sections:MIXED", "5 is not a dataclass"),
        ("shop_sections:dataclass", "is not a dataclass"),
    ],
)
def test_an_entry_that_cannot_be_used_is_a_problem(install, value, words):
    """It is told with the distribution's name, and takes the others with it not."""
    install(value)
    (problem,) = installed_sections().problems
    assert problem.startswith("openviper-shop offers settings that cannot be loaded")
    assert words in problem
    assert value in problem
    assert LifespanSettings in installed_sections().sections
