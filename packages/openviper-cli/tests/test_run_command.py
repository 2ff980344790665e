"""Exit codes, Ctrl-C, and options in the wrong place; by real processes."""

from __future__ import annotations

import signal

import pytest

SETTINGS = "from openviper.conf import BaseSettings\nclass Settings(BaseSettings): pass\n"
# Not by print(): what a module prints while it is imported may be held back.
SLOW = "import os, time\nos.write(1, b'ACTING\\n')\ntime.sleep(60)\n"


@pytest.mark.parametrize(
    ("how", "code", "error"),
    [
        ("exit", 0, ""),
        ("exit0", 0, ""),
        ("exit4", 4, ""),
        ("exit-text", 1, "a text\n"),
        ("exit256", 1, ""),
        ("exit260", 4, ""),
        ("exit-1", 255, ""),
        ("click0", 0, ""),
        ("click512", 1, ""),
    ],
)
def test_a_commands_own_exit_counts(openviper, acting, how, code, error):
    """As it would in a script; what the system keeps of it, 8 bits, is no success of a code that is none."""
    result = openviper("viperctl", "act", "--how", how, PYTHONPATH=acting)
    assert (result.returncode, result.stderr) == (code, error)


def test_an_answer_of_no_is_no_missing_input(openviper, acting, tmp_path):
    """``click.confirm(abort=True)``."""
    (tmp_path / "answer").write_text("n\n")
    with (tmp_path / "answer").open() as answer:
        result = openviper("viperctl", "act", "--how=declined", PYTHONPATH=acting, stdin=answer)
    assert (result.returncode, result.stderr) == (1, "Aborted\n")


@pytest.mark.parametrize(
    ("place", "content"),
    [
        ("mysite/settings.py", SLOW + SETTINGS),
        ("installed/acting.py", SLOW),
        ("installed/acting_kit_manifest.py", SLOW),
        ("installed/click.py", SLOW),
        ("installed/readme", ""),
    ],
)
def test_ctrl_c_is_130_without_a_traceback_in_every_phase(served, acting, project, place, content):
    """While settings, a command, a manifest or click itself is imported, and while a command runs."""
    (project / place).write_text(content)
    how = "settings" if content else "slow"
    with served("viperctl", "act", "--how", how, PYTHONPATH=acting) as process:
        process.wait_for("ACTING", 2 if place.startswith("mysite") else 1)
        assert process.end(signal.SIGINT) == 130
        assert "Traceback" not in process.output


@pytest.mark.parametrize(
    ("args", "option", "line"),
    [
        (["viperctl", "check", "--settings", "mysite.settings"], "--settings", "viperctl --settings ... check"),
        (["viperctl", "check", "--settings=mysite.settings"], "--settings", "viperctl --settings ... check"),
        (["viperctl", "check", "--no-color"], "--no-color", "viperctl --no-color ... check"),
        (["viperctl", "check", "-v"], "-v", "viperctl -v ... check"),
        (["version", "--version"], "--version", "--version ... version"),
    ],
)
def test_a_groups_option_after_the_command_is_told_its_place(openviper, project, args, option, line):
    """Wrong usage, with the line that would be right."""
    result = openviper(*args)
    assert result.returncode == 2
    sentence = f"No such option {option!r} here: it stands before the command: python -m openviper.cli {line}\n"
    assert result.stderr.endswith(sentence)


def test_another_unknown_option_gets_the_nearest(openviper, project):
    """As click has it."""
    result = openviper("viperctl", "check", "--fail-levl=INFO")
    assert result.returncode == 2
    assert "--fail-level" in result.stderr


ESCAPE = "\x1b]0;pwned\x07"


@pytest.mark.parametrize("args", [["viperctl", "test", "x"], ["run", "a:b", "--log-config", ESCAPE], [ESCAPE]])
def test_wrong_usage_cannot_steer_the_terminal(openviper, files, args):
    """Whatever name of a folder, a file or a command its sentence holds."""
    folder = files({f"{ESCAPE}/pyproject.toml": ""}) / ESCAPE
    result = openviper(*args, cwd=folder)
    assert result.returncode == 2
    assert r"\x1b]0;pwned\x07" in result.stderr
    assert "\x1b" not in result.stderr


def test_a_whole_traceback_cannot_steer_the_terminal(openviper, acting):
    """Nor one that is cut: its lines stay lines."""
    result = openviper("viperctl", "--traceback", "act", "--how=escape", PYTHONPATH=acting)
    assert (result.returncode, result.stderr.splitlines()[0]) == (1, "Traceback (most recent call last):")
    assert r"no\x1b[31m colour" in result.stderr
    assert "\x1b" not in result.stderr


STEERING = {
    "an end of file": (
        "raise EOFError(click.style('\\x1b]0;pwned\\x07', fg='red'))",
        r"EOFError: \x1b[31m\x1b]0;pwned\x07\x1b[0m",
    ),
    "a text to end with": ("raise SystemExit('\\x1b]0;pwned\\x07')", r"\x1b]0;pwned\x07"),
    "a coloured text to end with": (
        "raise SystemExit(click.style('\\x1b]0;pwned\\x07', fg='red'))",
        r"\x1b]0;pwned\x07",
    ),
    "an error": ("raise click.ClickException('\\x1b]0;pwned\\x07')", r"Error: \x1b]0;pwned\x07"),
    "a coloured error": ("raise click.ClickException(click.style('no', fg='red'))", "Error: no"),
    "an error's own words": ("raise Own", r"own \x1b]0;pwned\x07"),
    "an error's own bytes": ("raise OwnBytes", r"own \x1b]0;pwned\x07 \xff"),
}
OWN = """
import click
class Own(click.ClickException):
    def __init__(self): super().__init__("no")
    def show(self): click.echo("own \\x1b]0;pwned\\x07", err=True, color=True)
class OwnBytes(Own):
    def show(self): click.echo(b"own \\x1b]0;pwned\\x07 \\xff", err=True)
def handle():
    %s
"""


@pytest.mark.parametrize("traceback", [[], ["--traceback"]])
@pytest.mark.parametrize("what", STEERING)
def test_no_word_of_a_command_steers_the_terminal(openviper, project, files, what, traceback):
    """Colours are not shown as escapes where they can be meant; click's errors are shown as they show themselves."""
    raised, line = STEERING[what]
    settings = SETTINGS.replace("pass", "INSTALLED_APPS = ('mysite',)")
    files({"mysite/settings.py": settings, "mysite/management/commands/fail.py": OWN % raised})
    result = openviper("viperctl", "fail", *traceback)
    assert (result.returncode, result.stderr.splitlines()[-1]) == (1, line)
    assert ("Traceback" in result.stderr) is (what == "an end of file")
    assert "\x1b" not in result.stderr


def test_an_error_that_cannot_show_itself_is_a_bug(openviper, project, files):
    """Its traceback says where."""
    settings = SETTINGS.replace("pass", "INSTALLED_APPS = ('mysite',)")
    own = OWN.replace("def show(self): click", "def show(self, file): click") % "raise Own"
    files({"mysite/settings.py": settings, "mysite/management/commands/fail.py": own})
    result = openviper("viperctl", "fail")
    assert result.returncode == 1
    assert "missing 1 required positional argument: 'file'" in result.stderr.splitlines()[-1]
