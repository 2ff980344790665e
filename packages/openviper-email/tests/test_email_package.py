"""What the package itself offers."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest

import openviper.core.email

FREE = """
import __future__, sys, asyncio, dataclasses, typing
before = set(sys.modules)
import openviper.core.email
print(sorted(set(sys.modules) - before - {"openviper", "openviper.core"}))
"""


@pytest.mark.parametrize("module", ["errors", "results", "sender", "templates"])
def test_what_a_module_offers_the_package_offers(module):
    """The same object under both names, but for what few need."""
    there = import_module(f"openviper.core.email.{module}")
    for name in set(there.__all__) - {"normalize_addresses", "Outcome"}:
        assert getattr(openviper.core.email, name) is getattr(there, name)
        assert name in openviper.core.email.__all__
        assert name in dir(openviper.core.email)


def test_each_name_that_it_offers_is_there():
    """The three lists of names agree."""
    for name in openviper.core.email.__all__:
        assert getattr(openviper.core.email, name).__name__ == name


def test_a_name_that_it_has_not_is_an_attribute_error():
    """As for any module."""
    with pytest.raises(AttributeError, match=r"module 'openviper\.core\.email' has no attribute 'sendmail'"):
        openviper.core.email.sendmail  # noqa: B018


def test_importing_it_imports_nothing():
    """Neither its modules, nor what they import."""
    done = subprocess.run([sys.executable, "-c", FREE], capture_output=True, text=True, check=True)
    assert done.stdout == "['openviper.core.email']\n"
