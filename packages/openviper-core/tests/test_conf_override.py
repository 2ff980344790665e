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


async def test_functions_can_be_decorated():
    """Plain and async functions keep their kind, name and arguments."""
    assert debug_now(1, more=2) == (True, 3)
    assert debug_now.__doc__ == "Say what is in force."
    assert inspect.iscoroutinefunction(debug_soon)
    assert await debug_soon() is True
    assert settings.DEBUG is False


def often():
    yield settings.DEBUG


async def at_times():
    yield settings.DEBUG


@pytest.mark.parametrize("function", [often, at_times])
def test_a_generator_cannot_be_decorated(function):
    """A fixture says itself where its block ends."""
    with pytest.raises(TypeError, match=f"{function.__name__} is a generator; write with override_settings"):
        override_settings(DEBUG=True)(function)


@pytest.fixture
def in_debug():
    with override_settings(DEBUG=True):
        yield


@pytest.mark.usefixtures("in_debug")
def test_a_block_in_a_fixture_holds_for_the_test():
    """Until the fixture ends."""
    assert settings.DEBUG is True


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

    @staticmethod
    def test_static_methods_have_the_values():
        """As the others."""
        assert settings.DEBUG is True

    @classmethod
    def test_class_methods_have_the_values(cls):
        """And they are given their class."""
        assert settings.DEBUG is True
        assert cls is TestDecorated

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
