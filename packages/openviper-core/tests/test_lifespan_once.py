"""Apps become ready once per process and start-up, whoever starts them."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import threading
from datetime import timedelta

import pytest

from openviper.conf import override_settings
from openviper.core.errors import LifespanError
from openviper.core.lifespan import Lifespan, asgi_lifespan, serve_lifespan


def engine(*apps, **handlers):
    return Lifespan(apps, **handlers)


def slow(project, name, after="0"):
    """Write an app whose ready() takes a moment."""
    return project.app(
        name,
        f"""
        import asyncio
        async def ready():
            lines.append("{name} begins")
            await asyncio.sleep(0.02)
            lines.append("{name} ready")
            {after}
        def shutdown():
            lines.append("{name} down")
        """,
    )


async def test_a_second_lifespan_joins(project):
    """It shares the apps and runs its own handlers only; the apps go with the last one, in whatever order."""
    project.recorder("a")
    lines = project.lines
    outer = engine("a", on_startup=[lambda: lines.append("outer")], on_shutdown=[lambda: lines.append("no outer")])
    inner = engine("a", on_startup=[lambda: lines.append("inner")], on_shutdown=[lambda: lines.append("no inner")])
    await outer.start()
    await inner.start()
    assert outer.apps == inner.apps != ()
    await outer.stop()
    assert lines == ["a ready", "outer", "inner", "no outer"]
    assert (outer.state, inner.state) == ("stopped", "ready")
    await inner.stop()
    assert lines[4:] == ["no inner", "a down"]


async def test_a_hundred_starts_at_once_make_an_app_ready_once(project):
    """Whoever starts while a start-up is in progress waits for it, and has its apps."""
    slow(project, "a")
    engines = [engine("a") for _ in range(100)]
    await asyncio.gather(*(each.start() for each in engines))
    assert project.lines == ["a begins", "a ready"]
    assert {each.apps for each in engines} == {engines[0].apps}
    await asyncio.gather(*(each.stop() for each in engines))
    assert project.lines[2:] == ["a down"]


async def test_a_mounted_application_joins_the_start_up_in_progress(project):
    """An application that starts inside a handler of another shares its apps."""
    project.recorder("a")
    lines = project.lines
    inner = engine("a", on_startup=[lambda: lines.append("inner")], on_shutdown=[lambda: lines.append("no inner")])

    async def mounted(scope, receive, send):
        await serve_lifespan(inner, receive, send)

    mount = asgi_lifespan(mounted)
    outer = engine("a", on_startup=[mount.__aenter__], on_shutdown=[lambda: mount.__aexit__(None, None, None)])
    async with outer:
        assert lines == ["a ready", "inner"]
    assert lines[2:] == ["no inner", "a down"]


async def test_other_apps_are_added(project):
    """A lifespan that asks for more makes ready only what is not; those it added go last-first with the last stop."""
    for name in "abc":
        project.recorder(name)
    one, two = engine("a", "b"), engine("c", "a")
    await one.start()
    await two.start()
    assert project.lines == ["a ready", "b ready", "c ready"]
    assert [app.name for app in two.apps] == ["a", "c"]
    await one.stop()
    await two.stop()
    assert project.lines[3:] == ["c down", "b down", "a down"]


async def test_a_failing_addition_leaves_the_running_ones_alone(project):
    """What a second lifespan had added is undone when it fails; what the first runs stays."""
    project.recorder("a")
    project.recorder("b")
    project.app("c", "def ready(): 1 / 0")
    async with engine("a"):
        with pytest.raises(LifespanError, match="'c' raised an error: division by zero"):
            await engine("a", "b", "c").start()
        assert project.lines == ["a ready", "b ready", "b down"]
    assert project.lines[3:] == ["a down"]


async def test_a_requirement_is_met_by_what_runs(project):
    """An added app may require one that another lifespan made ready."""
    project.recorder("a")
    project.app("b", "requires = ('a',)\ndef ready(): lines.append('b ready')")
    async with engine("a"), engine("b"):
        assert project.lines == ["a ready", "b ready"]


async def test_those_who_joined_a_failing_start_up_fail_with_it(project):
    """A failing ready() is called once, not once for each who waits for it; afterwards a new start tries again."""
    slow(project, "a", after="raise ValueError('no key')")
    results = await asyncio.gather(*(engine("a").start() for _ in range(3)), return_exceptions=True)
    assert [type(each) for each in results] == [LifespanError] * 3
    assert str(results[0]).startswith("ready() for installed app 'a' raised")
    assert str(results[1]).startswith(
        "the start-up in progress that this one joined failed: ready() for installed app 'a'"
    )
    assert results[1].__cause__ is results[0]
    assert results[1].__notes__ == results[0].__notes__ != []
    assert project.lines == ["a begins", "a ready"]
    with pytest.raises(LifespanError, match=r"^ready\(\) for installed app 'a'"):
        await engine("a").start()


async def test_those_who_joined_a_cancelled_start_up_take_it_over(project):
    """A cancellation is the starter's own affair: who waited makes the apps ready."""
    slow(project, "a")
    first = asyncio.create_task(engine("a").start())
    await asyncio.sleep(0)
    second = engine("a")
    waiting = asyncio.create_task(second.start())
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.wait((first, waiting))
    assert first.cancelled()
    assert project.lines == ["a begins", "a begins", "a ready"]
    await second.stop()
    assert project.lines[3:] == ["a down"]


async def test_a_start_during_the_shutdown_waits_for_its_end(project):
    """An app is never made ready again before its shutdown() has ended."""
    project.app(
        "a",
        """
        import asyncio
        def ready(): lines.append("ready")
        async def shutdown():
            lines.append("ends")
            await asyncio.sleep(0.02)
            lines.append("down")
        """,
    )
    one, two = engine("a"), engine("a")
    await one.start()
    await asyncio.gather(one.stop(), two.start())
    assert project.lines == ["ready", "ends", "down", "ready"]
    await two.stop()


async def test_a_start_during_the_shutdown_has_a_deadline(project):
    """A shutdown that takes long ends the start-up that waits for it when STARTUP_TIMEOUT is over."""
    project.app(
        "a",
        """
        import asyncio
        release = asyncio.Event()
        async def shutdown():
            lines.append("ends")
            await release.wait()
        """,
    )
    one = engine("a")
    await one.start()
    stopping = asyncio.create_task(one.stop())
    await project.until("ends")
    short = override_settings(STARTUP_TIMEOUT=timedelta(seconds=0.05))
    async with asyncio.timeout(5):
        with short, pytest.raises(LifespanError, match="last in the shutdown in progress that this one waited for"):
            await engine("a").start()
    __import__("a").release.set()
    await stopping


async def test_who_joins_and_adds_nothing_reports_nothing(project, caplog):
    """The line in the log is for those who made apps ready, and names those."""
    caplog.set_level(logging.INFO, "openviper.lifespan")
    project.recorder("a")
    project.recorder("b")
    async with engine("a"), engine("a"), engine(), engine("a", "b"):
        pass
    lines = [record.getMessage() for record in caplog.records]
    assert [line.split(" in ")[0] for line in lines] == ["1 app ready", "1 app ready"]
    assert lines[0].split()[-3] == "a"
    assert lines[1].split()[-3] == "b"


async def test_what_a_failing_lifespan_had_added_goes_with_the_last(project):
    """Apps that became ready stay so while another lifespan runs, if it was a handler that failed."""
    project.recorder("a")
    project.recorder("b")
    async with engine("a"):
        with pytest.raises(ZeroDivisionError):
            await engine("a", "b", on_startup=[lambda: 1 / 0]).start()
        assert project.lines == ["a ready", "b ready"]
    assert project.lines[2:] == ["b down", "a down"]


async def test_a_restart_works(project):
    """The same lifespan starts again after its shutdown, and ready() is called again."""
    project.recorder("a")
    one = engine("a")
    for _ in range(3):
        async with one:
            pass
    assert project.lines == ["a ready", "a down"] * 3


async def test_names_that_can_be_read_once_are_read_once(project):
    """An iterator of apps serves every start."""
    project.recorder("a")
    one = Lifespan(iter(["a"]))
    for _ in range(2):
        async with one:
            pass
    assert project.lines == ["a ready", "a down"] * 2


@pytest.mark.parametrize("where", ["ready", "shutdown"])
async def test_a_hook_that_starts_a_lifespan_is_refused(project, where):
    """A start-up that would wait for the hook that asks for it is an error, not a deadlock, also in a task of it."""
    project.app(
        "a",
        f"""
        import asyncio
        from openviper.core.errors import LifespanError
        from openviper.core.lifespan import Lifespan
        async def {where}():
            try:
                await asyncio.create_task(Lifespan(("a",)).start())
            except LifespanError as error:
                lines.append(str(error))
        """,
    )
    async with asyncio.timeout(5):
        async with engine("a"):
            pass
    assert project.lines == [
        f"{where}() of installed app 'a' starts a lifespan, which would wait for it; start it elsewhere"
    ]


async def test_a_task_that_outlives_ready_may_start_one(project):
    """A background task of ready() is not taken for ready() itself once that has ended."""
    project.app(
        "a",
        """
        import asyncio
        from openviper.core.lifespan import Lifespan
        async def work():
            await asyncio.sleep(0.01)
            async with Lifespan(("a",)):
                lines.append("joined")
        async def ready():
            global task
            task = asyncio.create_task(work())
        """,
    )
    async with engine("a"):
        await __import__("a").task
    assert project.lines == ["joined"]


async def test_another_loop_is_refused_while_one_runs(project):
    """A start, and a stop, from another event loop are errors; after the shutdown that loop may start."""
    project.recorder("a")
    one = engine("a")

    def elsewhere(function):
        result = []

        def run():
            try:
                result.append(asyncio.run(function()))
            except BaseException as error:
                result.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        thread.join(10)
        return result[0]

    async def whole():
        async with engine("a"):
            return "done"

    await one.start()
    assert "running on another event loop" in str(elsewhere(whole))
    assert "started on another event loop" in str(elsewhere(one.stop))
    assert project.lines == ["a ready"]
    await one.stop()
    assert elsewhere(whole) == "done"


def test_a_loop_that_was_closed_does_not_hold_the_apps(project, caplog):
    """After a loop was closed without a shutdown, another starts anew, with a warning; the same lifespan too."""
    project.recorder("a")
    one = engine("a")
    asyncio.run(one.start())
    asyncio.run(one.start())

    async def whole():
        async with engine("a"):
            pass

    asyncio.run(whole())
    assert project.lines == ["a ready"] * 3 + ["a down"]
    assert caplog.text.count("was closed without its shutdown; starting anew") == 2


def test_a_forked_process_starts_its_own(project):
    """A child that was forked while apps were ready has its own start-up."""
    project.recorder("a")
    ours, theirs = multiprocessing.Pipe()

    async def whole():
        async with engine("a"):
            pass

    def child():
        asyncio.run(whole())
        theirs.send(project.lines)

    loop = asyncio.new_event_loop()
    one = engine("a")
    loop.run_until_complete(one.start())
    process = multiprocessing.get_context("fork").Process(target=child)
    process.start()
    assert ours.poll(10)
    assert ours.recv() == ["a ready", "a ready", "a down"]
    process.join(10)
    loop.run_until_complete(one.stop())
    loop.close()
    assert project.lines == ["a ready", "a down"]
