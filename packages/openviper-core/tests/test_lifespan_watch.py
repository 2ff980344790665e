"""Which hook takes long is said while it does."""

from __future__ import annotations

import asyncio
import logging
import threading

import pytest

from openviper._settings.core import LifespanSettings
from openviper.core.lifespan import Lifespan

SYNC = "; it is sync: it blocks the event loop and cannot be interrupted"


def engine(*apps, **handlers):
    return Lifespan(apps, limits=LifespanSettings(), warn_every=0.1, **handlers)


def warnings(caplog):
    return [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]


@pytest.mark.parametrize(
    ("source", "title", "tail"),
    [
        ("async def ready(): await asyncio.sleep(0.25)", "ready() of installed app 'a'", ""),
        ("def ready(): time.sleep(0.25)", "ready() of installed app 'a'", SYNC),
        ("time.sleep(0.25)", "the import of installed app 'a'", SYNC),
        ("async def shutdown(): await asyncio.sleep(0.25)", "shutdown() of installed app 'a'", ""),
        ("def shutdown(): time.sleep(0.25)", "shutdown() of installed app 'a'", SYNC),
    ],
)
async def test_a_hanging_hook_is_named_again_and_again(project, caplog, source, title, tail):
    """Every interval there is a warning, also while a sync hook blocks the loop that could have logged it."""
    project.app("a", f"import asyncio, time\n{source}")
    project.recorder("b")
    async with engine("a", "b"):
        pass
    # How many there are depends on how busy the machine is; two fit in at least.
    lines = warnings(caplog)
    assert len(lines) >= 2
    assert all(line.startswith(f"{title} is still running after ") and line.endswith(f" s{tail}") for line in lines)
    times = [float(line.removeprefix(f"{title} is still running after ").split()[0]) for line in lines]
    assert times[0] >= 0.1
    assert times[1] >= times[0] + 0.09


async def test_handlers_are_watched_too(caplog):
    """A handler of the application is named as an app's hook is."""
    async with engine(on_startup=[lambda: asyncio.sleep(0.15)]):
        pass
    assert "on_startup handler 'test_handlers_are_watched_too.<locals>.<lambda>' is still running" in caplog.text


async def test_many_quick_hooks_are_no_hanging_one(project, caplog):
    """The interval counts for each hook: together they may take longer."""
    for name in "abcdefghij":
        project.app(name, "import asyncio\nasync def ready(): await asyncio.sleep(0.02)")
    async with engine(*"abcdefghij"):
        pass
    assert warnings(caplog) == []


async def test_no_thread_is_left(project):
    """The thread that watches ends with the start-up, also with a failing one."""
    project.app("a", "def ready(): 1 / 0")
    before = threading.active_count()
    async with engine():
        assert threading.active_count() == before
    with pytest.raises(RuntimeError):
        await engine("a").start()
    assert threading.active_count() == before
