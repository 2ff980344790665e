"""The inspecting commands in projects that are no good: one sentence, the right code, nothing written."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from small_programs import APPLICATION

from openviper.core.projects import SETTINGS_VARIABLE

GOOD = "from openviper.conf import BaseSettings\nclass Settings(BaseSettings): pass\n"
COMMANDS = ("apps", "check", "settings")
#: Files -> what is said about them.
BAD = {
    "a syntax error": (
        {"shop/settings.py": f"{GOOD}def (\n"},
        "raised SyntaxError: invalid syntax (settings.py, line 3)",
    ),
    "an exception": ({"shop/settings.py": f"{GOOD}1 / 0\n"}, "raised ZeroDivisionError: division by zero"),
    "an exit": ({"shop/settings.py": f"{GOOD}raise SystemExit(0)\n"}, "the settings called sys.exit(0)"),
    "an exit with a word": (
        {"shop/settings.py": f"{GOOD}exit('no licence')\n"},
        "the settings called sys.exit('no licence')",
    ),
    "a class of nothing": ({"shop/settings.py": "import openviper.conf\n"}, "has no class Settings"),
    "a missing import": ({"shop/settings.py": f"{GOOD}import no_such_module\n"}, "No module named 'no_such_module'"),
    "a missing module": ({"pyproject.toml": '[tool.openviper]\nsettings = "nowhere.settings"\n'}, "there is no module"),
    "a stdlib name": ({"json/settings.py": GOOD}, "'json' is a module of the standard library; rename the folder"),
    "two projects": ({"a/settings.py": GOOD, "b/settings.py": GOOD}, "holds 2 projects: a.settings, b.settings"),
    "a broken pyproject": ({"pyproject.toml": "[tool.openviper\n"}, "cannot be read, or is not TOML"),
    "a broken .env": ({"shop/settings.py": GOOD, ".env": "nonsense\n"}, "there is no '='"),
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_is_one_sentence(openviper, files, case, command):
    """On stderr (the result of ``check`` is on stdout), exit code 1, nothing written."""
    contents, sentence = BAD[case]
    root = files(contents)
    before = sorted(root.rglob("*"))
    result = openviper("viperctl", command)
    assert result.returncode == 1
    assert sentence in (result.stdout + result.stderr if command == "check" else result.stderr)
    assert "Traceback" not in result.stderr
    assert command == "check" or result.stdout == ""
    assert sorted(root.rglob("*")) == before


@pytest.mark.parametrize("command", ["apps", "settings"])
@pytest.mark.parametrize("case", ["a syntax error", "an exception", "an exit", "a missing import"])
def test_the_traceback_shows_the_place(openviper, files, case, command):
    """For who asks; behind the command's name too."""
    root = files(BAD[case][0])
    for args in (("--traceback", command), (command, "--traceback")):
        result = openviper("viperctl", *args)
        assert result.returncode == 1
        assert "Traceback" in result.stderr
        assert str(root / "shop/settings.py") in result.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_settings_that_are_named_and_missing_are_one_sentence(openviper, project, command):
    """By the option and by the environment."""
    named = openviper("viperctl", "--settings", "mysite.nowhere", command)
    assert (named.returncode, named.stdout) == (1, "")
    assert "there is no module 'mysite.nowhere' (--settings)" in named.stderr
    result = openviper("viperctl", command, **{SETTINGS_VARIABLE: "no module"})
    assert result.returncode == 1
    assert "'no module' (OPENVIPER_SETTINGS_MODULE) is not a module name" in result.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_settings_that_print_do_not_spoil_json(openviper, files, command):
    """Their words go to stderr."""
    files({"shop/settings.py": f"print('importing')\n{GOOD}"})
    result = openviper("viperctl", command, "--json")
    assert result.returncode == 0, result.stderr
    json.loads(result.stdout)
    assert result.stderr.startswith("importing\n")


def shell(line, cwd):
    """Run a line of a real shell, ``openviper`` being this one; return what became of it."""
    command = f'openviper() {{ "{sys.executable}" -m openviper.cli "$@"; }}; {line}'
    return subprocess.run(["bash", "-c", command], cwd=cwd, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.skipif(not Path("/bin/bash").exists(), reason="bash is not there")
@pytest.mark.parametrize("command", [*(f"viperctl {each}" for each in COMMANDS), "version", "completion bash"])
@pytest.mark.parametrize("end", ["| head -1 >/dev/null", ">&-", "<&-", ">/dev/null 2>&-"])
def test_streams_that_are_closed_are_no_reason_for_a_traceback(project, command, end):
    """Neither one that ends early nor one that was never open."""
    result = shell(f"openviper {command} {end}; exit ${{PIPESTATUS[0]}}", project)
    assert result.returncode in (0, 1)
    assert "Traceback" not in result.stderr
    assert "Broken" not in result.stderr


@pytest.mark.parametrize("columns", ["20", "1"])
@pytest.mark.parametrize("command", [*(("viperctl", each) for each in COMMANDS), ("version",), ("completion", "fish")])
def test_a_narrow_terminal_is_no_reason_for_one_either(openviper, project, command, columns):
    """Neither for what they print nor for their help."""
    for args in (command, (*command, "--help")):
        result = openviper(*args, COLUMNS=columns)
        assert result.returncode == 0, result.stderr
        assert "Traceback" not in result.stderr


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("args", "named_by"),
    [
        ([], "[tool.openviper] in "),
        (["--settings", "mysite.settings"], "(--settings)"),
    ],
)
def test_who_named_the_settings_is_told_where_they_are_broken(openviper, project, command, args, named_by):
    """Not the variable that hands them on to child processes."""
    (project / "mysite/settings.py").write_text(f"{GOOD}1 / 0\n")
    result = openviper("viperctl", *args, command)
    said = result.stdout + result.stderr
    assert "the settings module mysite.settings (" in said
    assert named_by in said
    assert SETTINGS_VARIABLE not in said


def test_a_child_process_tells_who_named_the_settings_too(served, project):
    """A server that reloads imports them there."""
    application = "from openviper.conf import settings\nprint(settings.source, flush=True)\n"
    (project / "mysite/app.py").write_text(f"{application}{APPLICATION}")
    with served("viperctl", "start-server", "--port=0", "--reload") as server:
        server.get()
        server.end()
        assert any("mysite.settings ([tool.openviper] in " in line for line in server.lines)
