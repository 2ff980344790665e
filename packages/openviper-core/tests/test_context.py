"""The context variables: what one task sees of another is nothing."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from contextvars import ContextVar

import pytest

from openviper.core import context
from openviper.core.context import get_current_user, ignore_permissions, ignore_permissions_ctx

VARIABLES = ["current_user", "current_request", "current_router", "current_request_id", "request_perms_cache"]


@pytest.mark.parametrize("name", VARIABLES)
def test_outside_of_a_request_there_is_nothing(name):
    """Each variable is None by default: no dict that all requests would share."""
    assert getattr(context, name).get() is None
    assert ignore_permissions_ctx.get() is False


def test_what_belongs_to_a_request_is_listed():
    """REQUEST_VARIABLES has every variable of the module: what puts them back forgets none."""
    there = {value for value in vars(context).values() if isinstance(value, ContextVar)}
    assert set(context.REQUEST_VARIABLES) == there
    assert len(context.REQUEST_VARIABLES) == len(there)


def test_the_current_user_is_the_one_that_was_set():
    """``get_current_user`` reads the variable of this task."""
    token = context.current_user.set("ada")
    try:
        assert get_current_user() == "ada"
    finally:
        context.current_user.reset(token)
    assert get_current_user() is None


def test_permissions_are_ignored_inside_the_block_only():
    """The state before is restored, nested and after an error."""
    with ignore_permissions():
        with pytest.raises(ZeroDivisionError), ignore_permissions():
            raise ZeroDivisionError
        assert ignore_permissions_ctx.get() is True
    assert ignore_permissions_ctx.get() is False


async def test_interleaved_requests_never_see_each_others_values():
    """A thousand tasks, some cancelled, each see what they set, and leave nothing behind."""
    seen = []

    async def request(number):
        tokens = [(name, getattr(context, name).set(number)) for name in VARIABLES]
        try:
            for _ in range(3):
                await asyncio.sleep(0)
                assert {getattr(context, name).get() for name in VARIABLES} == {number}
            seen.append(number)
        finally:
            for name, token in tokens:
                getattr(context, name).reset(token)

    tasks = [asyncio.create_task(request(number)) for number in range(1_000)]
    await asyncio.sleep(0)
    for task in tasks[::10]:
        task.cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert sum(isinstance(result, asyncio.CancelledError) for result in results) == 100
    assert [result for result in results if isinstance(result, AssertionError)] == []
    assert len(seen) == 900
    assert all(getattr(context, name).get() is None for name in VARIABLES)


async def test_permissions_ignored_in_one_task_are_checked_in_another():
    """The block reaches tasks that are started in it, and no others."""

    async def read():
        await asyncio.sleep(0)
        return ignore_permissions_ctx.get()

    outside = asyncio.create_task(read())
    with ignore_permissions():
        inside = asyncio.create_task(read())
        assert await outside is False
    assert await inside is True


def test_importing_it_loads_nothing_heavy():
    """Whoever only reads a context variable pays for nothing else."""
    heavy = ["asyncio", "json", "logging", "importlib.metadata", "inspect", "dataclasses", "pathlib", "openviper.conf"]
    code = "import sys; before = set(sys.modules); import openviper.core.context; print(*(set(sys.modules) - before))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True)
    assert sorted(set(run.stdout.split()) & set(heavy)) == []
