"""The standard library's console, at a terminal."""

from __future__ import annotations

import signal

import pytest


@pytest.fixture
def plain(terminal, without):
    """``viperctl console`` at a terminal, where IPython is not installed."""
    return lambda **options: terminal("viperctl", "console", command=without("IPython"), **options)


@pytest.fixture
def shop(site):
    """The project's app, which says when it is shut down."""
    site({"mysite/shop/__init__.py": "def shutdown(): print('SHUT DOWN')"})


def test_code_is_read_and_run(plain, project):
    """``await`` at the top level, the settings, tasks that go on, context variables that stay."""
    with plain() as console:
        console.wait_for(">>> ")
        assert f"mysite in {project}, settings mysite.settings" in console.text
        assert "pip install 'openviper-cli[console]'" in console.text
        for number, (line, shown) in enumerate(
            [
                ("settings.source\r", "mysite.settings ("),
                ("import asyncio\r", ""),
                ("await asyncio.sleep(0, 'wai' 'ted')\r", "'waited'"),
                ("task = asyncio.create_task(asyncio.sleep(0, 'go' 'ne'))\r", ""),
                ("await task\r", "'gone'"),
                ("import contextvars; v = contextvars.ContextVar('v'); t = v.set('ke' 'pt')\r", ""),
                ("v.get()\r", "'kept'"),
                ("def f():\r    return 'in' 'side'\r\r", ""),
                ("f()\r", "'inside'"),
            ],
            start=2,
        ):
            console.type(line)
            console.wait_for(">>> ", number)
            assert shown in console.text
        console.type("\x04")
        assert console.wait() == 0


def test_the_banner_names_the_models(plain, project, files):
    """The first of many, and those that two apps have."""
    models = "".join(f"class Model{number:02}: pass\n" for number in range(30))
    files(
        {
            "installed/openviper/db/__init__.py": "",
            "shop/__init__.py": "",
            "shop/models.py": f"class Order: pass\n{models}",
            "blog/__init__.py": "",
            "blog/models.py": "class Order: pass\n",
            "mysite/settings.py": "from openviper.conf import BaseSettings\n"
            "class Settings(BaseSettings):\n    INSTALLED_APPS = ('shop', 'blog')\n",
        }
    )
    with plain(PYTHONPATH=str(project / "installed")) as console:
        console.wait_for(">>> ")
        assert "Loaded: settings, shop.Order, blog.Order, Model00, Model01," in console.text
        assert "Model17 and 12 more models. `await` works here." in console.text
        assert "2 apps have a model 'Order': shop.Order, blog.Order" in console.text


def test_names_are_completed_and_lines_are_kept(plain, project):
    """Where there is readline."""
    pytest.importorskip("readline")
    with plain() as console:
        console.wait_for(">>> ")
        console.type("print(sett\t.source.split()[0] * 2)\r")
        console.wait_for("mysite.settingsmysite.settings")
        console.wait_for(">>> ", 2)
        console.type("\x1b[A\r")
        console.wait_for("mysite.settingsmysite.settings", 2)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("1 / 0\r", 'Traceback (most recent call last):\r\n  File "<console>", line 1, in <module>\r\n'),
        # Its words differ from one 3.11 to another.
        ("1 +\r", "SyntaxError: "),
        ("import asyncio; await asyncio.sleep(0); 1 / 0\r", "ZeroDivisionError: division by zero"),
    ],
)
def test_an_error_is_shown_and_the_next_line_read(plain, project, line, shown):
    """Without the console's own frames."""
    with plain() as console:
        console.wait_for(">>> ")
        console.type(line)
        console.wait_for(">>> ", 2)
        assert shown in console.text
        assert "openviper/cli" not in console.text.split(">>> ", 1)[1]


@pytest.mark.parametrize(
    "code",
    [
        "import asyncio; print('NOW' + 'HERE'); await asyncio.sleep(60)",
        "import time; print('NOW' + 'HERE'); time.sleep(60)",
        "import asyncio; await asyncio.sleep(0); print('NOW' + 'HERE'); [0 for _ in iter(int, 1)]",
    ],
)
def test_an_interrupt_ends_the_line_and_not_the_console(plain, project, code):
    """What waits, what sleeps, and what computes."""
    with plain() as console:
        console.wait_for(">>> ")
        console.type(f"{code}\r")
        console.wait_for("NOWHERE")
        console.type("\x03")
        console.wait_for("KeyboardInterrupt")
        console.wait_for(">>> ", 2)
        console.type("6 * 7\r")
        console.wait_for("\n42")


def test_an_interrupt_at_the_prompt_forgets_the_line(plain, project):
    """The next one is read."""
    with plain() as console:
        console.wait_for(">>> ")
        console.type("6 *\x03")
        console.wait_for("KeyboardInterrupt")
        console.type("6 * 7\r")
        console.wait_for("\n42")


def test_exit_has_its_code_and_the_apps_are_shut_down(plain, shop):
    """As everywhere else."""
    with plain() as console:
        console.wait_for(">>> ")
        console.type("exit(3)\r")
        assert console.wait() == 3
        assert "SHUT DOWN" in console.text


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("code", ["", "time.sleep(60)", "await asyncio.sleep(60)"])
def test_a_signal_ends_the_console_and_shuts_the_apps_down(plain, shop, number, code):
    """At the prompt, and while code runs."""
    with plain() as console:
        console.wait_for(">>> ")
        if code:
            console.type(f"import asyncio, time; print('NOW' + 'HERE'); {code}\r")
            console.wait_for("NOWHERE")
        console.process.send_signal(number)
        assert console.wait() == 128 + number
        assert "SHUT DOWN" in console.text
