"""The core's check of MIDDLEWARE."""

from __future__ import annotations

from importlib import import_module

import pytest

from openviper.conf import override_settings
from openviper.core._middleware_checks import check_middleware
from openviper.core.checks import Severity, run_checks

SOURCE = """
built = []

class Counting:
    def __init__(self, app):
        built.append(self)
        raise RuntimeError("built")

class NeedsMore:
    def __init__(self, app, limit): ...

async def asynchronous(app): ...

number = 7
"""


def found(*entries):
    with override_settings(MIDDLEWARE=entries):
        return list(check_middleware())


@pytest.fixture
def shop(project):
    project.write("shop.py", SOURCE)
    project.write("failing.py", "limit = 1 / 0")


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ("a.b", "cannot be imported: ModuleNotFoundError: there is no module 'a'"),
        ("Counting", "cannot be imported: ImportError: 'Counting' is not a dotted path"),
        ("", "cannot be imported: ImportError: '' is not a dotted path"),
        ("shop.Countin", "cannot be imported: ImportError: 'shop' has no 'Countin'; did you mean 'Counting'?"),
        ("failing.Middleware", "cannot be imported: ZeroDivisionError: division by zero"),
        ("shop.number", "is int, not a class; expected one that is called as cls(app)"),
        ("shop.NeedsMore", "cannot be called as cls(app): missing a required argument: 'limit'"),
        ("shop.asynchronous", "is an async function; expected a class that is called as cls(app)"),
    ],
)
def test_an_entry_that_cannot_be_used_is_an_error_with_its_index(shop, entry, says):
    """In the words with which start-up would refuse it."""
    (message,) = found("shop.Counting", entry)
    assert (message.id, message.severity) == ("openviper.core.middleware", Severity.ERROR)
    assert message.message.startswith(f"settings.MIDDLEWARE[1] = {entry!r} {says}")


def test_every_entry_is_looked_at_and_none_is_built(shop):
    """A middleware that opens a connection does not, for a check."""
    assert len(found("a.b", "shop.Counting", "shop.number")) == 2
    assert import_module("shop").built == []


def test_it_is_one_of_the_checks_that_always_run():
    """``openviper viperctl check`` needs nothing else."""
    with override_settings(MIDDLEWARE=("a.b",)):
        assert [message.id for message in run_checks() if message.severity is Severity.ERROR] == [
            "openviper.core.middleware"
        ]
