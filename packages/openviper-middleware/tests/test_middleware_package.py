"""What the package itself offers."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest

import openviper.middleware
from openviper.core.errors import ImproperlyConfigured
from openviper.core.middleware import build_middleware_stack

MODULES = ("base", "cors", "csrf", "error", "proxy", "ratelimit", "requestid", "security")
FREE = """
from __future__ import annotations
import sys, typing
before = set(sys.modules)
import openviper.middleware
print(sorted(set(sys.modules) - before))
"""


@pytest.mark.parametrize("module", MODULES)
def test_what_a_module_offers_the_package_offers(module):
    """The same object under both names."""
    there = import_module(f"openviper.middleware.{module}")
    for name in there.__all__:
        assert getattr(openviper.middleware, name) is getattr(there, name)
        assert name in openviper.middleware.__all__
        assert name in dir(openviper.middleware)


def test_importing_it_imports_nothing():
    """Not the classes, nor what they import."""
    done = subprocess.run([sys.executable, "-c", FREE], capture_output=True, text=True, check=True)
    assert done.stdout == "['openviper', 'openviper.middleware']\n"


async def test_a_class_is_listed_by_its_short_path():
    """As in settings.MIDDLEWARE; a slip of the pen is told with the nearest name."""

    async def application(scope, receive, send): ...

    app = build_middleware_stack(application, ["openviper.middleware.CORSMiddleware"])
    assert type(app) is openviper.middleware.CORSMiddleware
    with pytest.raises(ImproperlyConfigured, match="did you mean 'CORSMiddleware'"):
        build_middleware_stack(application, ["openviper.middleware.CorsMiddleware"])


def test_it_has_no_other_names():
    """As any module."""
    with pytest.raises(AttributeError, match=r"module 'openviper\.middleware' has no attribute 'Cors'"):
        _ = openviper.middleware.Cors
