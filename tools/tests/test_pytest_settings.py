"""pytest reads ``[tool.pytest]``, and the strictness that the tests count on is in force."""

from __future__ import annotations

import asyncio
import warnings

import pytest


async def test_a_coroutine_is_a_test_without_a_mark():
    """asyncio_mode is auto."""
    assert asyncio.get_running_loop().is_running()


def test_a_warning_is_an_error():
    """filterwarnings is error."""
    with pytest.raises(UserWarning, match="something"):
        warnings.warn("something", stacklevel=1)


def test_a_misspelt_mark_is_an_error(pytestconfig):
    """--strict-markers is given, and each test has a time limit."""
    assert pytestconfig.getoption("strict_markers")
    assert float(pytestconfig.getini("timeout")) == 120
