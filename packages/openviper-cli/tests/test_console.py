"""``viperctl console``, with ``-c`` and with code from stdin."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest

#: An app that says what happens to it, where code's own output would stand.
APP = """
import asyncio

async def ready():
    await asyncio.sleep(0)
    print("READY")

def shutdown():
    print("SHUT DOWN")
"""


@pytest.fixture
def console(openviper, project):
    """Run ``viperctl console ARGS`` in the project."""
    return lambda *args, **options: openviper("viperctl", "console", *args, **options)


@pytest.fixture
def shop(project, files):
    """The project with an app that has hooks."""

    def write(app=APP):
        return files(
            {
                "shop/__init__.py": app,
                "mysite/settings.py": "from openviper.conf import BaseSettings\n"
                "class Settings(BaseSettings):\n    INSTALLED_APPS = ('shop',)\n",
            }
        )

    return write


@pytest.mark.parametrize(
    ("code", "output"),
    [
        ("1", ""),
        ("print(settings.source.partition(' in ')[0])", "mysite.settings ([tool.openviper]\n"),
        ("import asyncio\nprint(await asyncio.sleep(0, 'waited'))", "waited\n"),
        ("import asyncio\nasync def f(): return 5\nprint(asyncio.run(f()))", "5\n"),
        ("async def f():\n    yield 6\nprint([x async for x in f()])", "[6]\n"),
        ("class A: pass\nimport pickle; print(type(pickle.loads(pickle.dumps(A()))) is A)", "True\n"),
        ("def f() -> int: ...\nprint(f.__annotations__)", "{'return': <class 'int'>}\n"),
        ("print(__name__)", "__main__\n"),
    ],
)
def test_only_what_the_code_prints_is_on_stdout(console, code, output):
    """``await`` or not."""
    result = console("-c", code)
    assert (result.returncode, result.stdout, result.stderr) == (0, output, "")


@pytest.mark.parametrize(
    ("code", "exit_code", "error"),
    [
        ("import sys; sys.exit(3)", 3, ""),
        ("raise SystemExit", 0, ""),
        ("import asyncio, sys; await asyncio.sleep(0); sys.exit(4)", 4, ""),
        ("exit('no stock')", 1, "no stock\n"),
        ("raise KeyboardInterrupt", 130, "\n"),
        (
            "raise EOFError('over')",
            1,
            "File \"<console>\", line 1, in <module>\n    raise EOFError('over')\nEOFError: over\n",
        ),
        ("import asyncio; raise asyncio.CancelledError", 1, "CancelledError\n"),
        ("1 +", 1, '  File "<console>", line 1\n    1 +\n       ^\nSyntaxError: invalid syntax\n'),
        ("x = 1\nreturn 5", 1, "    return 5\n"),
    ],
)
def test_the_end_of_the_code_is_the_end_of_the_command(console, code, exit_code, error):
    """As with ``python -c``, with Ctrl-C's usual exit code."""
    result = console("-c", code)
    assert result.returncode == exit_code
    assert error in result.stderr
    assert bool(error) == bool(result.stderr)


@pytest.mark.parametrize("wait", ["", "import asyncio; await asyncio.sleep(0)"])
def test_a_traceback_begins_in_the_code(console, wait):
    """With its lines, and nothing of what called it."""
    result = console("-c", f"def f():\n    1 / 0\n{wait}\nf()")
    lines = result.stderr.splitlines()
    assert lines[:3] == ["Traceback (most recent call last):", '  File "<console>", line 4, in <module>', "    f()"]
    assert [line for line in lines if "File" in line and "<console>" not in line] == []
    assert (result.returncode, lines[-1]) == (1, "ZeroDivisionError: division by zero")


def test_the_place_in_a_line_is_marked_below_it(console, project):
    """The last line has no end, and is not indented for that."""
    assert console("-c", "1/0").stderr.splitlines()[2:4] == ["    1/0", "    ~^~"]


@pytest.mark.parametrize(
    ("code", "exit_code"),
    [
        ("print('CODE')", 0),
        ("print('CODE'); 1 / 0", 1),
        ("import asyncio; print('CODE'); await asyncio.sleep(0); exit(3)", 3),
    ],
)
def test_the_apps_are_ready_and_are_shut_down(console, shop, code, exit_code):
    """However the code ends; what they print is not the code's."""
    shop()
    result = console("-c", code)
    assert (result.returncode, result.stdout) == (exit_code, "CODE\n")
    assert result.stderr.startswith("READY\n")
    assert result.stderr.count("SHUT DOWN\n") == 1


@pytest.mark.parametrize("settings", ["import sys; sys.exit(0)", "1 / 0", "def ("])
def test_settings_that_cannot_be_loaded_are_one_line(console, files, settings):
    """The code does not run, and that is a failure."""
    files({"mysite/settings.py": settings})
    result = console("-c", "print(1)")
    assert (result.returncode, result.stdout, result.stderr.count("\n")) == (1, "", 1)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_code_that_waits_and_shuts_the_apps_down(served, shop, number):
    """The code's own cleaning up is done before."""
    code = (
        "import asyncio\ntry:\n    print('HERE', flush=True); await asyncio.sleep(60)\n"
        "finally:\n    await asyncio.sleep(0); print('CLEAN', flush=True)"
    )
    shop()
    with served("viperctl", "console", "-c", code) as console:
        console.wait_for("HERE")
        assert console.end(number) == 128 + number
        assert console.output.split() == ["READY", "HERE", "CLEAN", "SHUT", "DOWN"]


def test_a_later_sigterm_cuts_the_shutdown_off(served, shop):
    """One that hangs would keep the console for ever; two that come at once are one."""
    shop(APP + "    print('HANGING', flush=True); __import__('time').sleep(600)")
    with served("viperctl", "console", "-c", "import time; print('HERE', flush=True); time.sleep(600)") as console:
        console.wait_for("HERE")
        console.process.terminate()
        console.wait_for("HANGING")
        time.sleep(1.1)
        assert console.end(signal.SIGTERM) == -signal.SIGTERM


def test_code_that_awaits_nothing_imports_nothing_for_it(console, shop):
    """Nor does a project whose apps have no hooks."""
    shop("")
    heavy = "asyncio", "IPython", "readline", "code", "jinja2", "uvicorn", "logging.config"
    result = console("-c", f"import sys; print([name for name in {heavy!r} if name in sys.modules])")
    assert result.stdout == "[]\n", result.stderr


@pytest.mark.parametrize(
    ("args", "source"), [([], "third.settings"), (["."], "third.settings"), (["other"], "other.settings")]
)
def test_the_target_is_the_project(console, files, args, source):
    """A word, or the dot."""
    settings = "from openviper.conf import BaseSettings\nclass Settings(BaseSettings): pass\n"
    files({f"{name}/settings.py": settings for name in ("other", "third")})
    files({"pyproject.toml": '[tool.openviper]\nsettings = "third.settings"\n'})
    assert console(*args, "-c", "print(settings.source)").stdout.startswith(source)


@pytest.mark.parametrize(
    ("args", "code", "output"),
    [
        ([], "print(1)\nimport asyncio\nprint(await asyncio.sleep(0, 2))\n", "1\n2\n"),
        (["-c", "-"], "print(3)", "3\n"),
        ([], "", ""),
        ([], "# coding: latin-1\nprint(ascii('\xe9'))\n", "'\\xc3\\xa9'\n"),
    ],
)
def test_without_a_terminal_the_code_is_read_from_stdin(console, tmp_path, args, code, output):
    """All of it, and then it runs."""
    path = tmp_path / "code"
    path.write_text(code, encoding="utf-8")
    with path.open() as stdin:
        result = console(*args, stdin=stdin)
    assert (result.returncode, result.stdout, result.stderr) == (0, output, "")


@pytest.mark.parametrize(("content", "part"), [(b"print('\xff')", "SyntaxError"), (b"1\x00", "null bytes")])
def test_what_is_no_source_is_said(console, tmp_path, content, part):
    """In Python's own words."""
    path = tmp_path / "code"
    path.write_bytes(content)
    with path.open() as stdin:
        result = console(stdin=stdin)
    assert result.returncode == 1
    assert part in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("args", "code", "error"),
    [
        (["-c", "print(1)"], 0, ""),
        ([], 1, "Error: stdin is closed, so no code can be typed or read; give it by -c CODE\n"),
    ],
)
def test_a_closed_stdin(project, args, code, error):
    """Code that is given needs none."""
    command = ["sh", "-c", 'exec "$@" <&-', "sh", sys.executable, "-m", "openviper.cli", "viperctl", "console"]
    result = subprocess.run([*command, *args], cwd=project, capture_output=True, text=True, timeout=60, check=False)
    assert (result.returncode, result.stderr) == (code, error)
