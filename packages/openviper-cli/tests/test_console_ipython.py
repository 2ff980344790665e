"""IPython as the console, at a terminal."""

from __future__ import annotations

import signal

import pytest

pytest.importorskip("IPython")

APP = """
import asyncio

async def ready():
    global loop
    loop = asyncio.get_running_loop()

def shutdown():
    print("SHUT DOWN")
"""


@pytest.fixture
def ipython(terminal, site):
    """``viperctl console`` in a project with an app that has hooks, where IPython is installed."""
    site({"mysite/shop/__init__.py": APP})
    return lambda *args, **options: terminal(*args, "viperctl", "console", **options)


def test_cells_run_on_the_loop_of_the_apps(ipython, project):
    """With the settings loaded and the project's banner in place of IPython's."""
    with ipython() as console:
        console.wait_for("In [1]:")
        assert f"mysite in {project}, settings mysite.settings" in console.text
        assert "Tip:" not in console.text
        console.type("settings.source.split()[0] * 2\r")
        console.wait_for("Out[1]: 'mysite.settingsmysite.settings'")
        console.wait_for("In [2]:")
        console.type(
            "import asyncio; from mysite import shop; await asyncio.sleep(0, asyncio.get_running_loop() is shop.loop)\r"
        )
        console.wait_for("Out[2]: True")
        console.wait_for("In [3]:")
        console.type("exit\r")
        assert console.wait() == 0
        assert "SHUT DOWN" in console.text


def test_an_interrupt_ends_the_cell_and_not_the_console(ipython):
    """The task is cancelled, and the next cell runs."""
    with ipython() as console:
        console.wait_for("In [1]:")
        console.type("import asyncio; from mysite import shop; print('NOW' + 'HERE'); await asyncio.sleep(60)\r")
        console.wait_for("NOWHERE")
        console.type("\x03")
        console.wait_for("In [2]:")
        console.type("asyncio.all_tasks(shop.loop)\r")
        console.wait_for("Out[2]: set()")


def test_an_interrupt_is_shown_where_the_code_waits(ipython):
    """In its own frames, without those of asyncio, as IPython shows one of code that waits for nothing."""
    with ipython("--no-color") as console:
        console.wait_for("In [1]:")
        console.type("import asyncio; print('NOW' + 'HERE'); await asyncio.gather(asyncio.sleep(60))\r")
        console.wait_for("NOWHERE")
        console.type("\x03")
        console.wait_for("In [2]:")
        shown = console.text.partition("NOWHERE")[2].partition("In [2]:")[0]
        assert "----> 1 import asyncio; print('NOW' + 'HERE'); await" in shown
        assert shown.rstrip().endswith("KeyboardInterrupt:")
        assert "CancelledError" not in shown
        assert shown.count("File ") == 0


def test_what_is_cancelled_by_itself_is_shown_as_that(ipython):
    """Nobody has interrupted it."""
    with ipython("--no-color") as console:
        console.wait_for("In [1]:")
        console.type("import asyncio; task = asyncio.create_task(asyncio.sleep(9)); task.cancel(); await task\r")
        console.wait_for("In [2]:")
        assert "CancelledError:" in console.text
        assert "KeyboardInterrupt" not in console.text


@pytest.mark.parametrize(("args", "variables"), [(["--no-color"], {}), ([], {"NO_COLOR": "1"})])
def test_without_colours_nothing_is_coloured(ipython, args, variables):
    """By option or by variable."""
    with ipython(*args, **variables) as console:
        console.wait_for("In [1]:")
        console.type("1 / 0\r")
        console.wait_for("ZeroDivisionError: division by zero")
        assert b"\x1b[3" not in console.shown


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("code", ["", "time.sleep(60)", "await asyncio.sleep(60)"])
def test_a_signal_ends_the_console_and_shuts_the_apps_down(ipython, number, code):
    """At the prompt, and while code runs."""
    with ipython() as console:
        console.wait_for("In [1]:")
        if code:
            console.type(f"import asyncio, time; print('NOW' + 'HERE'); {code}\r")
            console.wait_for("NOWHERE")
        console.process.send_signal(number)
        assert console.wait() == 128 + number
        assert "SHUT DOWN" in console.text
