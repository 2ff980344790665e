"""Start-up: the order of things, what fails it, and what it leaves behind."""

from __future__ import annotations

import asyncio
import logging
import re
from datetime import timedelta

import pytest

from openviper.conf import override_settings
from openviper.core import context
from openviper.core.errors import LifespanError
from openviper.core.lifespan import Lifespan, lifespan


def engine(*apps, **handlers):
    return Lifespan(apps, **handlers)


async def test_a_whole_life(project, caplog):
    """Apps become ready in order, then the handlers run; all of it is taken back in reverse."""
    caplog.set_level(logging.INFO, "openviper.lifespan")
    project.recorder("a")
    project.recorder("b")
    lines = project.lines

    async def last():
        lines.append("handler 2")

    handlers = [lambda: lines.append("handler 1")]
    one = engine(
        "a", "b", on_startup=handlers, on_shutdown=[lambda: lines.append("stop 1"), lambda: lines.append("stop 2")]
    )
    handlers.append(last)
    assert (one.state, one.apps) == ("stopped", ())
    async with one as started:
        assert started is one
        assert one.state == "ready"
        assert lines == ["a ready", "b ready", "handler 1", "handler 2"]
        assert [app.name for app in one.apps] == ["a", "b"]
        assert all(0 < app.seconds < 5 for app in one.apps)
    assert (one.state, one.apps) == ("stopped", ())
    assert lines[4:] == ["stop 2", "stop 1", "b down", "a down"]
    assert [record.levelname for record in caplog.records] == ["INFO"]


async def test_one_line_says_that_all_are_ready(project, caplog):
    """The log names how many apps there are, how long they took and the slowest."""
    caplog.set_level(logging.INFO, "openviper.lifespan")
    project.recorder("quick")
    project.app("slow", "import asyncio\nasync def ready(): await asyncio.sleep(0.05)")
    async with engine("quick", "slow"):
        pass
    async with engine():
        pass
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == 2
    words = lines[0].split()
    assert words[:4] == ["2", "apps", "ready", "in"]
    assert words[5:8] == ["ms,", "slowest", "slow"]
    assert 50 <= int(words[4]) < 5_000
    assert 50 <= int(words[8]) < 5_000
    assert re.fullmatch(r"0 apps ready in \d+ ms", lines[1])


async def test_without_arguments_the_settings_tell(project):
    """lifespan() makes ready what INSTALLED_APPS names; with no project that is nothing."""
    async with lifespan() as started:
        assert started.apps == ()
    project.recorder("a")
    async with lifespan(iter(["a"])) as started:
        assert project.lines == ["a ready"]


async def test_what_ready_raises_fails_the_start(project):
    """The error begins as documented, is a RuntimeError, chained, and says app, index, file and line."""
    project.recorder("first")
    project.app(
        "myplugin",
        """
        def connect():
            raise ValueError("no key")

        async def ready():
            connect()
        """,
    )
    project.recorder("third")
    one = engine("first", "myplugin", "third", on_startup=[lambda: project.lines.append("handler")])
    with pytest.raises(RuntimeError) as failure:
        await one.start()
    assert isinstance(failure.value, LifespanError)
    assert str(failure.value) == "ready() for installed app 'myplugin' raised an error: no key"
    assert type(failure.value.__cause__) is ValueError
    place = f"{project.root / 'myplugin' / '__init__.py'}:4"
    assert failure.value.__notes__ == [f"in ready() of installed app 'myplugin', INSTALLED_APPS[1], {place}"]
    assert project.lines == ["first ready", "first down"]
    assert one.state == "stopped"


async def test_the_line_is_the_apps_own(project):
    """Where a library raises, the note names the line of the app that called it."""
    project.app("plugin", "\nimport json\ndef ready():\n    json.loads('{')")
    with pytest.raises(LifespanError) as failure:
        await engine("plugin").start()
    assert failure.value.__notes__[0].endswith(f"{project.root / 'plugin' / '__init__.py'}:5")


async def test_an_error_without_words_is_named_by_its_class(project):
    """``raise KeyError`` still says what it was."""
    project.app("plugin", "def ready(): raise LookupError")
    with pytest.raises(LifespanError, match=r"raised an error: LookupError\n"):
        await engine("plugin").start()


INTERRUPTS = ["KeyboardInterrupt()", "SystemExit(4)", "asyncio.CancelledError()", "Own()"]


@pytest.mark.parametrize("kind", ["def", "async def"])
@pytest.mark.parametrize("interrupt", INTERRUPTS)
async def test_an_interrupt_passes_through_after_the_undo(project, kind, interrupt):
    """What is no Exception is raised as it is, and what had started was undone before."""
    project.recorder("first")
    project.app(
        "plugin",
        f"""
        import asyncio
        class Own(BaseException): ...
        error = {interrupt}
        {kind} ready(): raise error
        """,
    )
    with pytest.raises(BaseException) as failure:  # noqa: PT011 - it is compared by identity below
        await engine("first", "plugin").start()
    assert failure.value is __import__("plugin").error
    assert failure.value.__cause__ is None
    assert project.lines == ["first ready", "first down"]


async def test_a_cancelled_start_is_undone(project):
    """Cancelling the task that starts ends the hook, shuts down what was ready, and stays a cancellation."""
    project.recorder("first")
    project.app("plugin", "import asyncio\nasync def ready():\n    lines.append('waits')\n    await asyncio.sleep(60)")
    one = engine("first", "plugin")
    task = asyncio.create_task(one.start())
    await project.until("waits")
    assert one.state == "starting"
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert project.lines == ["first ready", "waits", "first down"]
    assert one.state == "stopped"
    async with engine("first"):
        assert project.lines[3:] == ["first ready"]


async def test_a_failing_handler_fails_the_start_as_it_is(project):
    """What an on_startup handler raises is not wrapped; a note names it, and the apps are shut down."""
    project.recorder("a")

    def connect():
        raise ConnectionError("no database")

    stop = [lambda: project.lines.append("stop")]
    with pytest.raises(ConnectionError, match=r"^no database\n") as failure:
        await engine("a", on_startup=[connect], on_shutdown=stop).start()
    assert "in on_startup handler" in failure.value.__notes__[0]
    assert ".connect'" in failure.value.__notes__[0]
    assert f"{__file__}:" in failure.value.__notes__[0]
    assert project.lines == ["a ready", "a down"], "no handler had ended, so there is nothing to stop"


async def test_on_shutdown_undoes_what_on_startup_did(project):
    """Where one handler had ended before another failed, the on_shutdown handlers run before the apps go."""
    project.recorder("a")
    lines = project.lines
    one = engine(
        "a", on_startup=[lambda: lines.append("up"), lambda: 1 / 0], on_shutdown=[lambda: lines.append("stop")]
    )
    with pytest.raises(ZeroDivisionError):
        await one.start()
    assert lines == ["a ready", "up", "stop", "a down"]


async def test_a_failing_undo_hides_nothing(project, caplog):
    """The start-up's own error is raised; what failed while undoing it is logged and noted."""
    project.app("first", "def ready(): 0\ndef shutdown(): raise OSError('stuck')")
    project.recorder("second")
    project.app("third", "def ready(): raise ValueError('no key')")
    with pytest.raises(LifespanError, match="no key") as failure:
        await engine("first", "second", "third").start()
    assert "cleaning up failed too: OSError('stuck')" in failure.value.__notes__[-1]
    assert "OSError: stuck" in caplog.text
    assert project.lines == ["second ready", "second down"]


@pytest.mark.parametrize(
    ("reason", "line", "ready"),
    [
        ("it waits", 4, "async def ready():\n    await asyncio.sleep(60)"),
        ("it is sync, and late", 3, "def ready(): time.sleep(0.2)"),
        (
            "it will not be cancelled",
            4,
            """
async def ready():
    while True:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            pass
""",
        ),
        (
            "it swallows whatever ends it",
            4,
            """
async def ready():
    for _ in range(3):
        try:
            await asyncio.sleep(60)
        except BaseException:
            pass
""",
        ),
        (
            "it ends although it was cancelled",
            4,
            """
async def ready():
    try:
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        pass
""",
        ),
    ],
)
async def test_start_up_has_a_deadline(project, reason, line, ready):
    """STARTUP_TIMEOUT ends a start-up whatever its hook does, and says in which, and in which line it was."""
    project.recorder("first")
    project.app("plugin", "import asyncio, time\n" + ready)
    one = engine("first", "plugin", "first2")
    project.recorder("first2")
    async with asyncio.timeout(10):
        with override_settings(STARTUP_TIMEOUT=timedelta(seconds=0.1)), pytest.raises(LifespanError) as failure:
            await one.start()
    assert str(failure.value) == (
        "start-up took longer than 0.1 s (STARTUP_TIMEOUT), last in ready() of installed app 'plugin'"
    )
    place = f"{project.root / 'plugin' / '__init__.py'}:{line}"
    assert failure.value.__notes__ == [f"in ready() of installed app 'plugin', INSTALLED_APPS[1], {place}"]
    assert project.lines == ["first ready", "first down"], reason
    assert asyncio.current_task().cancelling() == 0


async def test_an_app_that_is_ready_too_late_is_shut_down(project):
    """A sync ready() that overran the deadline has ended, so its shutdown() runs with the others."""
    project.recorder("first")
    project.app("plugin", "import time\ndef ready(): time.sleep(0.2)\ndef shutdown(): lines.append('plugin down')")
    short = override_settings(STARTUP_TIMEOUT=timedelta(seconds=0.1))
    with short, pytest.raises(LifespanError, match="STARTUP_TIMEOUT"):
        await engine("first", "plugin").start()
    assert project.lines == ["first ready", "plugin down", "first down"]


async def test_a_timeout_of_the_hook_itself_is_its_error(project):
    """A TimeoutError that a hook raises is not taken for the deadline."""
    project.app("plugin", "async def ready(): raise TimeoutError('database')")
    long = override_settings(STARTUP_TIMEOUT=timedelta(seconds=60))
    with long, pytest.raises(LifespanError, match=r"raised an error: database\n"):
        await engine("plugin").start()


VARIABLES = [
    ("current_user", "'root'"),
    ("current_request", "object()"),
    ("current_router", "object()"),
    ("current_request_id", "'abc'"),
    ("ignore_permissions_ctx", "True"),
    ("request_perms_cache", "{}"),
]


@pytest.mark.parametrize("kind", ["def", "async def"])
@pytest.mark.parametrize(("name", "value"), VARIABLES)
async def test_a_request_variable_set_by_a_hook_is_put_back(project, caplog, kind, name, value):
    """A hook that sets one of the context variables gets a warning, and nobody sees the value."""
    variable = getattr(context, name)
    before = variable.get()
    project.app("plugin", f"from openviper.core.context import {name}\n{kind} ready(): {name}.set({value})")
    async with engine("plugin"):
        assert variable.get() is before
    assert f"ready() of installed app 'plugin' set the context variable {name}" in caplog.text


async def test_other_context_variables_stay(project, caplog):
    """What an app keeps in a variable of its own is its own business, and visible to the program."""
    project.app("plugin", "import contextvars\nmine = contextvars.ContextVar('mine')\ndef ready(): mine.set(1)")
    async with engine("plugin"):
        assert __import__("plugin").mine.get() == 1
    assert "context variable" not in caplog.text


async def test_what_a_hook_opens_another_can_close_in_the_same_task(project):
    """ready() and shutdown() run in the task of the lifespan, as cancel scopes and task groups need it."""
    project.app(
        "plugin",
        """
        import asyncio
        async def ready(): lines.append(asyncio.current_task())
        async def shutdown(): lines.append(asyncio.current_task())
        """,
    )
    async with engine("plugin"):
        pass
    assert project.lines == [asyncio.current_task()] * 2


async def test_an_error_without_a_text_is_still_said_to_be_of_its_app(project):
    """Its own __str__ may fail; the sentence names the app, and what failed instead of the text."""
    project.app("plugin", "class Bad(Exception):\n    def __str__(self): raise KeyError\ndef ready(): raise Bad")
    sentence = "ready() for installed app 'plugin' raised an error: its text cannot be shown: __str__ raised KeyError"
    with pytest.raises(LifespanError, match=re.escape(sentence)):
        await engine("plugin").start()
