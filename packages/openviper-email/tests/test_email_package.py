"""What the package itself offers."""

from __future__ import annotations

import os
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

SENT = """
import asyncio
from openviper.core.email import send_email
print(asyncio.run(send_email("ada@example.org", "Status", "All is well.", background=False)))
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


@pytest.mark.parametrize(
    "text",
    [
        '"""Django settings"""\nimport os\nINSTALLED_APPS = ["shop"]\n',
        "from pydantic_settings import BaseSettings\nclass Settings(BaseSettings): pass\n",
    ],
)
def test_a_program_with_settings_of_another_framework_sends_mail(tmp_path, text):
    """They are not executed, and the defaults are in force."""
    (tmp_path / "settings.py").write_text(f"raise RuntimeError\n{text}")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("OPENVIPER", "PYTEST"))}
    command = [sys.executable, "-c", SENT]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout.splitlines()[-1:]) == (0, ["True"]), done.stderr
