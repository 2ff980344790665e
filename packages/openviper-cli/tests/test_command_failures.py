"""What is shown as one line, and what with a traceback; by real processes."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from openviper.cli._command_failures import shown_failure
from openviper.conf import override_settings

SETTINGS = "from openviper.conf import BaseSettings\nclass Settings(BaseSettings): pass\n"


@pytest.mark.parametrize(
    ("how", "line"),
    [
        ("full", "Error: No space left on device: '/srv/shop.db' (--traceback shows where)"),
        ("renamed", "Error: No such file or directory: 'from' -> 'to' (--traceback shows where)"),
        ("refused", "Error: the database does not listen (--traceback shows where)"),
        ("pipe", "Error: Broken pipe (--traceback shows where)"),
        ("escape", "Error: no\\x1b[31m colour (--traceback shows where)"),
    ],
)
def test_what_the_system_refuses_is_one_line(openviper, acting, how, line):
    """A pipe that is not our output's is told too; the traceback is there for who asks, before the name or after it."""
    result = openviper("viperctl", "act", "--how", how, PYTHONPATH=acting)
    assert (result.returncode, result.stderr) == (1, f"{line}\n")
    for args in (
        ["--traceback", "viperctl", "act", "--how", how],
        ["viperctl", "--traceback", "act", "--how", how],
        ["viperctl", "act", "--how", how, "--traceback"],
    ):
        asked = openviper(*args, PYTHONPATH=acting)
        assert asked.returncode == 1
        assert asked.stderr.startswith("Traceback")
        assert "acting.py" in asked.stderr


@pytest.mark.parametrize(
    ("args", "part"), [(["act", "--how=bug"], "KeyError: 'bug'"), (["lost"], "FileNotFoundError: ")]
)
def test_a_bug_keeps_its_traceback(openviper, acting, args, part):
    """What nobody expected, and whatever a command's module does while it is imported."""
    result = openviper("viperctl", *args, PYTHONPATH=acting)
    assert result.returncode == 1
    assert result.stderr.startswith("Traceback")
    assert part in result.stderr.splitlines()[-1]


OWN = {
    "a function": "def handle():\n    {}['key']\n",
    "a click command": "import click\n@click.command()\ndef command():\n    {}['key']\n",
    "async": "async def handle():\n    {}['key']\n",
    "async click": "import click\n@click.command()\nasync def command():\n    {}['key']\n",
    "with the apps": "LIFESPAN = True\nasync def handle():\n    {}['key']\n",
}


@pytest.mark.parametrize("kind", OWN)
def test_a_bug_in_a_projects_command_is_shown_from_there_on(openviper, project, files, kind):
    """What called it says nothing to its author; ``--traceback`` shows that too."""
    path = "mysite/management/commands/fail.py"
    files({"mysite/settings.py": SETTINGS.replace("pass", "INSTALLED_APPS = ('mysite',)"), path: OWN[kind]})
    shown = openviper("viperctl", "fail")
    lines = shown.stderr.splitlines()
    assert (shown.returncode, shown.stdout, lines[0]) == (1, "", "Traceback (most recent call last):")
    assert lines[1].startswith(f'  File "{project / path}", line {len(OWN[kind].splitlines())}, in ')
    assert (lines[-1], shown.stderr.count("  File ")) == ("KeyError: 'key'", 1)
    whole = openviper("viperctl", "fail", "--traceback")
    assert whole.returncode == 1
    assert "click/core.py" in whole.stderr


@pytest.mark.parametrize(
    ("body", "end"),
    [
        ("import pickle; pickle.loads(b'')", "EOFError: Ran out of input"),
        ("import asyncio; raise asyncio.IncompleteReadError(b'', 4)", "0 bytes read on a total of 4 expected bytes"),
        ("raise BrokenPipeError(32, 'Broken pipe')", "BrokenPipeError: [Errno 32] Broken pipe"),
        ("raise OSError(28, 'No space left on device')", "OSError: [Errno 28] No space left on device"),
        ("raise OSError('no')", "OSError: no"),
        ("import json; json.dumps(object())", "TypeError: Object of type object is not JSON serializable"),
    ],
)
@pytest.mark.parametrize("traceback", [[], ["--traceback"]])
def test_a_bug_in_what_a_command_reads_has_a_place(openviper, project, files, traceback, body, end):
    """It is no input that ended, and no pipe of ours; what the command called itself is shown too."""
    path = "mysite/management/commands/fail.py"
    files({"mysite/settings.py": SETTINGS.replace("pass", "INSTALLED_APPS = ('mysite',)")})
    files({path: f"def handle():\n    {body}\n"})
    shown = openviper("viperctl", "fail", *traceback)
    lines = shown.stderr.splitlines()
    assert (shown.returncode, shown.stdout, lines[0]) == (1, "", "Traceback (most recent call last):")
    assert lines[-1].endswith(end)
    assert f'  File "{project / path}", line 2, in handle' in lines
    assert ("click/core.py" in shown.stderr) is bool(traceback)


def test_a_file_that_a_projects_command_cannot_open_is_one_line(openviper, project, files):
    """Its name says what is wrong."""
    files({"mysite/settings.py": SETTINGS.replace("pass", "INSTALLED_APPS = ('mysite',)")})
    files({"mysite/management/commands/fail.py": "def handle():\n    open('prices')\n"})
    shown = openviper("viperctl", "fail")
    line = "Error: No such file or directory: 'prices' (--traceback shows where)\n"
    assert (shown.returncode, shown.stderr) == (1, line)


def test_an_output_that_is_full_is_one_line(openviper, project, files):
    """What a project's command prints is no bug of its own."""
    files({"mysite/settings.py": SETTINGS.replace("pass", "INSTALLED_APPS = ('mysite',)")})
    files({"mysite/management/commands/fail.py": "def handle():\n    for n in range(10**5): print(n)\n"})
    with Path("/dev/full").open("w") as full:
        shown = openviper("viperctl", "fail", stdout=full)
    assert (shown.returncode, shown.stderr.count("\n")) == (1, 1)
    assert "No space left on device" in shown.stderr


def test_a_command_that_asks_nobody_says_so(openviper, project, files):
    """Its own ``input()``, without a traceback."""
    files({"mysite/settings.py": SETTINGS.replace("pass", "INSTALLED_APPS = ('mysite',)")})
    files({"mysite/management/commands/ask.py": "def handle():\n    input()\n"})
    shown = openviper("viperctl", "ask")
    assert shown.returncode == 1
    assert shown.stderr.splitlines()[-1] == "Error: the input ended before an answer was given"
    assert "Traceback" not in shown.stderr


@pytest.mark.parametrize(
    ("args", "place"), [(["act", "--how=settings"], "installed/acting.py"), (["start-server"], "mysite/settings.py")]
)
def test_whatever_settings_raise_is_shown_from_the_first_code_on_that_is_not_ours(
    openviper, project, acting, args, place
):
    """An exception that no ``except Exception`` catches."""
    (project / "mysite/settings.py").write_text("class Stop(BaseException): pass\nraise Stop('no')\n")
    result = openviper("viperctl", *args, PYTHONPATH=acting)
    lines = result.stderr.splitlines()
    assert (result.returncode, lines[-1]) == (1, "mysite.settings.Stop: no")
    assert lines[1].startswith(f'  File "{project / place}", line ')


def test_a_default_factory_that_calls_itself_without_end_has_a_place(openviper, project):
    """It is no setting that cannot be copied."""
    settings = "from dataclasses import field\ndef loop(): return loop()\n" + SETTINGS
    (project / "mysite/settings.py").write_text(settings.replace("pass", "TREE: list = field(default_factory=loop)"))
    result = openviper("viperctl", "check")
    lines = result.stderr.splitlines()
    assert (result.returncode, lines[0]) == (1, "Traceback (most recent call last):")
    assert lines[1] == f'  File "{project}/mysite/settings.py", line 2, in loop'
    assert lines[-1].startswith("RecursionError: maximum recursion depth exceeded")


def test_who_collects_what_nobody_expected_gets_it(openviper, acting):
    """By ``sys.excepthook``, as of any program."""
    hook = "lambda kind, error, trace: print('COLLECTED', kind.__name__, trace.tb_frame.f_code.co_name)"
    line = f"import sys; sys.excepthook = {hook}; from openviper.cli import main; raise SystemExit(main())"
    result = openviper("viperctl", "act", "--how=bug", command=("-c", line), PYTHONPATH=acting)
    assert (result.returncode, result.stdout, result.stderr) == (1, "ACTING\nCOLLECTED KeyError act\n", "")


@pytest.mark.parametrize("code", ["0", "3", "", "'no licence'"])
@pytest.mark.parametrize("traceback", [[], ["--traceback"]])
def test_a_settings_module_that_exits_is_a_failure(openviper, project, code, traceback):
    """sys.exit(0) in it must not let what reads it succeed; the line is named."""
    (project / "mysite/settings.py").write_text(f"import sys\nsys.exit({code})\n{SETTINGS}")
    result = openviper("viperctl", *traceback, "start-server", "--port=0")
    assert result.returncode == 1
    sentence = f"mysite.settings called sys.exit({code}) ({project}/mysite/settings.py:2); expected an exception"
    assert sentence in result.stderr.splitlines()[-1]
    assert ("Traceback" in result.stderr) is bool(traceback)


ENDS = [
    ("SystemExit(0)", r"called sys\.exit\(0\)"),
    ("click.exceptions.Exit(0)", "raised click's Exit: 0"),
    ("click.Abort", "raised click's Abort"),
    ("click.UsageError('no')", "raised click's UsageError: no"),
    ("click.get_current_context().exit()", "raised click's Exit: 0"),
]


@pytest.mark.parametrize(("raised", "did"), ENDS)
def test_settings_that_end_the_command_while_they_are_made_are_a_failure(openviper, project, acting, raised, did):
    """After their module was imported: in ``__post_init__``."""
    made = f"    def __post_init__(self): raise {raised}\n"
    (project / "mysite/settings.py").write_text(f"import click\n{SETTINGS.replace(' pass', '')}{made}")
    for args in (["start-server", "--port=0"], ["act", "--how=settings"]):
        result = openviper("viperctl", *args, PYTHONPATH=acting)
        assert result.returncode == 1
        place = re.escape(f"{project}/mysite/settings.py:4")
        assert re.search(rf"Error: the settings {did} \({place}\); expected an", result.stderr.splitlines()[-1])


def test_a_command_that_overrides_settings_ends_by_itself():
    """What decorates it belongs to the settings, what it does is its own."""

    @override_settings(DEBUG=True)
    def act():
        sys.exit(0)

    with pytest.raises(SystemExit) as caught:
        act()
    assert shown_failure(caught.value, whole=False) is None


@pytest.mark.parametrize(("raised", "did"), ENDS)
def test_any_module_that_ends_the_command_while_it_is_imported_is_a_failure(openviper, project, acting, raised, did):
    """An import inside of a command too."""
    (project / "installed/acting_more.py").write_text(f"import click\nraise {raised}\n")
    result = openviper("viperctl", "act", "--how=import", PYTHONPATH=acting)
    assert result.returncode == 1
    assert re.search(rf"Error: acting_more {did} \(.*acting_more.py:2\); expected an", result.stderr)
