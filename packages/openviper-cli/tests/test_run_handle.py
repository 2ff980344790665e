"""Running a command's function."""

from __future__ import annotations

import asyncio
import sys

import pytest

from openviper.cli._run_handle import run_function

APP = """
import run_handle_log as log
def ready(): log.lines.append("ready")
def shutdown(): log.lines.append("shutdown")
"""


def add(a, b=0):
    return a + b


async def add_async(a, b=0):
    await asyncio.sleep(0)
    return a + b


def add_later(a, b=0):
    return add_async(a, b)


@pytest.mark.parametrize("function", [add, add_async, add_later])
def test_its_result_is_returned(function):
    """Sync, async, or a plain function around an async one."""
    assert run_function(function, [2], {"b": 3}, lifespan=False) == 5


@pytest.fixture
def log(files, monkeypatch):
    """An installed app that notes when it is ready and shut down."""
    monkeypatch.syspath_prepend(str(files({"run_handle_app.py": APP, "run_handle_log.py": "lines = []\n"})))
    for name in ("run_handle_app", "run_handle_log"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    from openviper.conf import override_settings

    with override_settings(INSTALLED_APPS=("run_handle_app",)):
        import run_handle_log

        yield run_handle_log.lines


def test_under_the_lifespan_the_apps_are_ready_and_shut_down(log):
    """Around the function."""

    async def handle():
        log.append("runs")
        return 3

    assert run_function(handle, [], {}, lifespan=True) == 3
    assert log == ["ready", "runs", "shutdown"]


@pytest.mark.parametrize("error", [ValueError, SystemExit])
def test_the_apps_are_shut_down_after_a_failure_too(log, error):
    """Which passes as it is."""

    async def handle():
        raise error("no")

    with pytest.raises(error, match="no"):
        run_function(handle, [], {}, lifespan=True)
    assert log == ["ready", "shutdown"]


def test_without_it_no_app_is_imported(log):
    """The default: most commands need none of them."""
    run_function(add_async, [1], {}, lifespan=False)
    assert log == []
    assert "run_handle_app" not in sys.modules
