"""Shutdown: everything runs, in reverse, in time, and nothing that failed is lost."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from openviper.conf import override_settings
from openviper.core.errors import LifespanError
from openviper.core.lifespan import Lifespan


@pytest.fixture(autouse=True)
def _short():
    with override_settings(SHUTDOWN_TIMEOUT=timedelta(seconds=0.1)):
        yield


def engine(*apps, **handlers):
    return Lifespan(apps, **handlers)


def failing(project, name, shutdown):
    """Write an app with this shutdown."""
    return project.app(name, f"import asyncio\nclass Own(BaseException): ...\n{shutdown}")


async def test_every_shutdown_runs_and_all_failures_are_raised_together(project):
    """Failures of handlers and apps are one ExceptionGroup, each with its app, index and line; the rest still ran."""
    failing(project, "a", "def shutdown(): raise OSError('a')")
    project.recorder("b")
    failing(project, "c", "async def shutdown(): raise ValueError('c')")
    project.recorder("d")

    def handler():
        raise KeyError("handler")

    lines = project.lines
    one = engine("a", "b", "c", "d", on_shutdown=[lambda: lines.append("stop"), handler])
    await one.start()
    del lines[:]
    with pytest.raises(ExceptionGroup, match=r"^3 shutdown hooks failed") as failures:
        await one.stop()
    assert lines == ["stop", "d down", "b down"]
    assert [type(each) for each in failures.value.exceptions] == [KeyError, ValueError, OSError]
    notes = [each.__notes__[0] for each in failures.value.exceptions]
    assert notes[0].startswith("in on_shutdown handler 'test_every")
    assert notes[1] == f"in shutdown() of installed app 'c', INSTALLED_APPS[2], {project.root}/c/__init__.py:4"
    assert one.state == "stopped"


@pytest.mark.parametrize(
    ("reason", "shutdown"),
    [
        ("it waits", "async def shutdown(): await asyncio.sleep(60)"),
        (
            "it takes its time when cancelled",
            """
async def shutdown():
    try:
        await asyncio.sleep(60)
    finally:
        await asyncio.sleep(0.2)
        lines.append("cleaned up")
""",
        ),
        (
            "it will not be cancelled",
            """
async def shutdown():
    while True:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            lines.append("no")
""",
        ),
        (
            "it ends although it was cancelled",
            """
async def shutdown():
    try:
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        lines.append("yes")
""",
        ),
        ("it waits for a thread", "async def shutdown(): await asyncio.get_running_loop().create_future()"),
    ],
)
async def test_each_hook_has_its_own_deadline(project, reason, shutdown):
    """A hook that hangs, in whatever way, is ended and named; the others run, and the task is as it was."""
    project.recorder("first")
    failing(project, "plugin", shutdown)
    project.recorder("last")
    one = engine("first", "plugin", "last")
    await one.start()
    async with asyncio.timeout(10):
        with pytest.raises(ExceptionGroup) as failures:
            await one.stop()
    assert [repr(each) for each in failures.value.exceptions] == [
        "TimeoutError(\"shutdown() of installed app 'plugin' did not end within 0.1 s (SHUTDOWN_TIMEOUT)\")"
    ], reason
    (note,) = failures.value.exceptions[0].__notes__
    place = f"{project.root / 'plugin' / '__init__.py'}:"
    assert note.startswith(f"in shutdown() of installed app 'plugin', INSTALLED_APPS[1], {place}")
    assert [line for line in project.lines if "down" in line] == ["last down", "first down"]
    assert asyncio.current_task().cancelling() == 0
    if "takes its time" in reason:
        assert "cleaned up" in project.lines


@pytest.mark.parametrize("kind", ["def", "async def"])
@pytest.mark.parametrize("interrupt", ["KeyboardInterrupt()", "SystemExit(4)", "asyncio.CancelledError()", "Own()"])
async def test_an_interrupt_passes_through_when_all_have_run(project, caplog, kind, interrupt):
    """What is no Exception is raised as it is, after the other hooks; their failures are logged."""
    failing(project, "first", "def shutdown(): raise OSError('first')")
    failing(project, "plugin", f"error = {interrupt}\n{kind} shutdown(): raise error")
    project.recorder("last")
    one = engine("first", "plugin", "last")
    await one.start()
    with pytest.raises(BaseException) as failure:  # noqa: PT011 - it is compared by identity below
        await one.stop()
    assert failure.value is __import__("plugin").error
    assert project.lines == ["last ready", "last down"]
    assert "OSError: first" in caplog.text
    assert one.state == "stopped"


async def test_a_cancelled_stop_runs_the_rest_of_the_hooks(project):
    """Cancelling the task that stops ends the hook it is in, no other, and stays a cancellation."""
    project.recorder("first")
    failing(project, "plugin", "async def shutdown():\n    lines.append('waits')\n    await asyncio.sleep(60)")
    one = engine("first", "plugin")
    with override_settings(SHUTDOWN_TIMEOUT=timedelta(seconds=60)):
        await one.start()
    task = asyncio.create_task(one.stop())
    await project.until("waits")
    assert one.state == "stopping"
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert project.lines == ["first ready", "waits", "first down"]


async def test_the_error_of_the_block_is_what_its_caller_sees(project, caplog):
    """A failing shutdown does not replace the exception of the block; it is logged and noted there."""
    failing(project, "plugin", "def shutdown(): raise OSError('stuck')")
    with pytest.raises(LookupError, match="mine") as failure:
        async with engine("plugin"):
            raise LookupError("mine")
    assert "OSError('stuck')" in failure.value.__notes__[0]
    assert "OSError: stuck" in caplog.text
    with pytest.raises(ExceptionGroup):
        async with engine("plugin"):
            pass


async def test_an_async_generator_that_is_closed_shuts_the_apps_down(project):
    """aclose() on a running event loop ends the block like any other exception."""
    project.recorder("a")

    async def fixture():
        async with engine("a"):
            yield

    opened = fixture()
    await anext(opened)
    await opened.aclose()
    assert project.lines == ["a ready", "a down"]


async def test_stop_and_start_know_their_state(project):
    """Stopping what is stopped does nothing; starting twice is an error; so is stopping in the middle of a start."""
    project.app("plugin", "import asyncio\nasync def ready(): await asyncio.sleep(0.05)")
    one = engine("plugin")
    await one.stop()
    task = asyncio.create_task(one.start())
    await asyncio.sleep(0)
    with pytest.raises(LifespanError, match="this lifespan is starting; it can be stopped when it is ready"):
        await one.stop()
    await task
    with pytest.raises(LifespanError, match="this lifespan is ready; it can be started when it is stopped"):
        await one.start()
    await one.stop()
    assert one.state == "stopped"
