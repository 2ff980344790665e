"""Which hook takes long is said while it does."""

from __future__ import annotations

import asyncio
import logging
import threading
from datetime import timedelta

import pytest

from openviper.conf import override_settings
from openviper.core.lifespan import Lifespan, _watch

SYNC = "; it is sync: it blocks the event loop and cannot be interrupted"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    monkeypatch.setattr(_watch, "INTERVAL", 0.1)


def engine(*apps, **handlers):
    return Lifespan(apps, **handlers)


def warnings(caplog):
    return [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]


class Journal(logging.Handler):
    """Writes warnings where hooks can see them."""

    def __init__(self, lines):
        super().__init__(logging.WARNING)
        self.lines = lines

    def emit(self, record):
        self.lines.append(record.getMessage())


@pytest.fixture
def told(project):
    """What was warned of so far; hooks wait for it, because nobody knows how late a busy machine wakes a thread."""
    handler = Journal(project.lines)
    logger = logging.getLogger("openviper.lifespan")
    logger.addHandler(handler)
    yield project.lines
    logger.removeHandler(handler)


UNTIL_TOLD_TWICE = "end = time.monotonic() + 20\n{0}while len(lines) < 2 and time.monotonic() < end: "
SLEEP, ASYNC_SLEEP = f"{UNTIL_TOLD_TWICE}time.sleep(0.01)", f"{UNTIL_TOLD_TWICE}await asyncio.sleep(0.01)"


@pytest.mark.parametrize(
    ("source", "title", "tail"),
    [
        (f"async def ready():\n    {ASYNC_SLEEP.format('    ')}", "ready() of installed app 'a'", ""),
        (f"def ready():\n    {SLEEP.format('    ')}", "ready() of installed app 'a'", SYNC),
        (SLEEP.format(""), "the import of installed app 'a'", SYNC),
        (f"async def shutdown():\n    {ASYNC_SLEEP.format('    ')}", "shutdown() of installed app 'a'", ""),
        (f"def shutdown():\n    {SLEEP.format('    ')}", "shutdown() of installed app 'a'", SYNC),
    ],
)
async def test_a_hanging_hook_is_named_again_and_again(project, told, source, title, tail):
    """Every interval there is a warning, also while a sync hook blocks the loop that could have logged it."""
    project.app("a", f"import asyncio, time\n{source}")
    project.app("b")
    with override_settings(SHUTDOWN_TIMEOUT=timedelta(seconds=60)):
        async with engine("a", "b"):
            pass
    assert len(told) >= 2
    assert all(line.startswith(f"{title} is still running after ") and line.endswith(f" s{tail}") for line in told)
    times = [float(line.removeprefix(f"{title} is still running after ").split()[0]) for line in told]
    assert times[0] >= 0.1
    assert times[1] >= times[0] + 0.09


async def test_handlers_are_watched_too(told):
    """A handler of the application is named as an app's hook is."""

    async def handler():
        async with asyncio.timeout(20):
            while not told:  # noqa: ASYNC110 - a thread warns, which sets no event
                await asyncio.sleep(0.01)

    async with engine(on_startup=[handler]):
        pass
    assert "on_startup handler 'test_handlers_are_watched_too.<locals>.handler' is still running" in told[0]


async def test_many_quick_hooks_are_no_hanging_one(project, monkeypatch, caplog):
    """The interval counts for each hook: together they may take longer."""
    monkeypatch.setattr(_watch, "INTERVAL", 0.5)
    for name in "abcdefgh":
        project.app(name, "import asyncio\nasync def ready(): await asyncio.sleep(0.1)")
    async with engine(*"abcdefgh"):
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
