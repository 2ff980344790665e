"""override_settings as a decorator; what a block does is tried with the overrides in force."""

from __future__ import annotations

import asyncio
import inspect
import unittest

import pytest

from openviper.conf import override_settings, settings


@pytest.fixture(autouse=True)
def restored():
    """Whatever a test does, the value from before is back behind it."""
    yield
    assert settings.DEBUG is False


@override_settings(DEBUG=True)
def debug_now(number, *, more=0):
    """Say what is in force."""
    return settings.DEBUG, number + more


@override_settings(DEBUG=True)
async def debug_soon():
    await asyncio.sleep(0)
    return settings.DEBUG


@override_settings(DEBUG=True)
def debug_often():
    sent = yield settings.DEBUG
    yield sent, settings.DEBUG


@override_settings(DEBUG=True)
async def debug_at_times():
    yield settings.DEBUG


async def test_functions_of_every_kind_can_be_decorated():
    """Plain, async, generator and async generator functions keep their kind, name and arguments."""
    assert debug_now(1, more=2) == (True, 3)
    assert debug_now.__doc__ == "Say what is in force."
    assert inspect.iscoroutinefunction(debug_soon)
    assert await debug_soon() is True
    generator = debug_often()
    assert (next(generator), generator.send("x")) == (True, ("x", True))
    generator.close()
    assert [each async for each in debug_at_times()] == [True]
    assert settings.DEBUG is False


async def test_a_decorated_function_can_run_many_times_at_once():
    """Each call has a block of its own."""
    assert await asyncio.gather(*[debug_soon() for _ in range(20)]) == [True] * 20
    assert settings.DEBUG is False


@override_settings(DEBUG=True)
class TestDecorated:
    """Each test of a decorated class runs with the values; its helpers do not by themselves."""

    async def test_async_methods_have_the_values(self):
        """As a decorated function has."""
        await asyncio.sleep(0)
        assert settings.DEBUG is True

    def test_methods_have_the_values(self):
        """With fixtures and all."""
        assert settings.DEBUG is True
        assert self.helper() is True

    def helper(self):
        return settings.DEBUG


@override_settings(DEBUG=True)
class TestDecoratedCase(unittest.TestCase):
    """A unittest class as well."""

    def test_methods_have_the_values(self):
        """In unittest's own way of running."""
        assert settings.DEBUG is True


def test_a_class_without_tests_cannot_be_decorated():
    """It would do nothing, silently."""
    with pytest.raises(TypeError, match="has no method test"):
        override_settings(DEBUG=True)(type("Plain", (), {"helper": lambda self: None}))
