"""Sections that are found in the sources of apps."""

from __future__ import annotations

import sys

import pytest

from openviper.conf._app_sections import settings_declared_in

SECTION = """
import dataclasses
from dataclasses import dataclass

@dataclass(frozen=True, kw_only=True)
class ShopSettings:
    SHOP_CURRENCY: str = "EUR"
    SHOP_KEY: str
    lower: int = 1
    SHOP_CONSTANT = 2

@dataclasses.dataclass
class Other:
    SHOP_OTHER: int = 1

class Settings:
    PROJECT_PORT: int = 1

def function():
    LOCAL: int = 1
"""
NAMES = {"SHOP_CURRENCY", "SHOP_KEY", "SHOP_OTHER"}


@pytest.mark.parametrize(
    ("file", "app"),
    [
        ("shop/settings.py", "shop"),
        ("shop/__init__.py", "shop"),
        ("sites/shop/sections.py", "sites.shop"),
        ("shop.py", "shop"),
    ],
)
def test_fields_of_dataclasses_are_found_without_an_import(project, file, app):
    """In each module that stands in the app's folder, or in the app that is a single module."""
    project.write(file, SECTION + "\n1 / 0\n")
    assert settings_declared_in([app]) == NAMES
    assert not {"shop", "sites"} & set(sys.modules)


@pytest.mark.parametrize(
    ("reason", "file", "source"),
    [
        ("does not parse", "dataclass.py", b"@dataclass\nclass ("),
        ("has a null byte", "dataclass.py", b"dataclass = '\0'"),
        ("is not UTF-8", "dataclass.py", b"dataclass = '\xff'"),
        ("says so of its encoding", "dataclass.py", b"# coding: xqzj\ndataclass"),
        ("is nested too deeply", "dataclass.py", b"dataclass = " + b"-" * 100_000 + b"1"),
        ("is empty", "dataclass.py", b""),
        ("stands deeper", "deep/settings.py", SECTION.encode()),
        ("is no Python", "settings.txt", SECTION.encode()),
    ],
)
def test_what_cannot_be_read_declares_nothing(project, reason, file, source):
    """The settings load, and the other modules count."""
    project.app("shop")
    path = project.root / "shop" / file
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(source)
    assert settings_declared_in(["shop"]) == set(), reason
    project.write("shop/settings.py", SECTION)
    assert settings_declared_in(["shop"]) == NAMES, reason


def test_a_folder_or_broken_link_that_is_named_like_a_module_is_passed_over(project):
    """Nothing stands in it."""
    project.app("shop")
    (project.root / "shop" / "folder.py").mkdir()
    (project.root / "shop" / "link.py").symlink_to("nowhere.py")
    assert settings_declared_in(["shop"]) == set()


@pytest.mark.parametrize("app", ["xqzj", "", "..", "sys", "_thread", "shop.xqzj"])
def test_an_app_without_sources_declares_nothing(project, app):
    """It is missing, or built in."""
    project.app("shop")
    assert settings_declared_in([app]) == set()
