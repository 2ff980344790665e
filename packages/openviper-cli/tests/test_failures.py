"""What is one line, what keeps its traceback, and which exit code a command's end has; by real processes."""

from __future__ import annotations

import re
import signal

import pytest

MANIFEST = """
from openviper.core.commands import LazyCommand
COMMANDS = (LazyCommand("act", "acting:act", "Act."), LazyCommand("lost", "losing:lost", "Never imported."))
"""
COMMAND = """
import errno, os, sys
import click

@click.command()
@click.option("--how")
def act(how):
    print("ACTING", flush=True)
    if how == "full":
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/srv/shop.db")
    if how == "renamed":
        os.rename("from", "to")
    if how == "refused":
        raise ConnectionRefusedError("the database does not listen")
    if how == "pipe":
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))
    if how == "bug":
        raise KeyError("bug")
    if how == "settings":
        from openviper.conf import settings
        print(settings.DEBUG)
    if how == "import":
        import acting_more
    if how == "slow":
        import time; time.sleep(60)
    if how == "declined":
        click.confirm("Sure?", abort=True)
    if how == "escape":
        raise OSError("no\\x1b[31m colour")
    if how and how.startswith("exit"):
        sys.exit({"exit": None, "exit0": 0, "exit4": 4, "exit-text": "a text"}[how])
"""
SETTINGS = "from openviper.conf import BaseSettings\nclass Settings(BaseSettings): pass\n"


@pytest.fixture
def acting(distribution, project):
    """The commands ``act --how HOW`` and ``lost``, whose module fails, in a project."""
    modules = {"acting": COMMAND, "losing": "open('no such file')", "acting_more": "import sys\nsys.exit(0)\n"}
    return distribution("acting-kit", MANIFEST, **modules)


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


@pytest.mark.parametrize(
    ("how", "code", "error"), [("exit", 0, ""), ("exit0", 0, ""), ("exit4", 4, ""), ("exit-text", 1, "a text\n")]
)
def test_a_commands_own_exit_counts(openviper, acting, how, code, error):
    """As it would in a script."""
    result = openviper("viperctl", "act", "--how", how, PYTHONPATH=acting)
    assert (result.returncode, result.stderr) == (code, error)


@pytest.mark.parametrize("code", ["0", "3", "", "'no licence'"])
@pytest.mark.parametrize("traceback", [[], ["--traceback"]])
def test_a_settings_module_that_exits_is_a_failure(openviper, project, code, traceback):
    """sys.exit(0) in it must not let what reads it succeed; the line is named."""
    (project / "mysite/settings.py").write_text(f"import sys\nsys.exit({code})\n{SETTINGS}")
    for command in (["check"], ["start-server", "--port=0"]):
        result = openviper("viperctl", *traceback, *command)
        assert result.returncode == 1
        sentence = (
            f"mysite.settings called sys.exit({code}) while it was being imported ({project}/mysite/settings.py:2)"
        )
        assert sentence in result.stderr.splitlines()[-1]
        assert ("Traceback" in result.stderr) is bool(traceback)


def test_any_module_that_exits_while_it_is_imported_is_a_failure(openviper, acting):
    """An import inside of a command too."""
    result = openviper("viperctl", "act", "--how=import", PYTHONPATH=acting)
    assert result.returncode == 1
    assert re.search(r"Error: acting_more called sys.exit\(0\) while .*acting_more.py:2\)", result.stderr)


def test_an_answer_of_no_is_no_missing_input(openviper, acting, tmp_path):
    """``click.confirm(abort=True)``."""
    (tmp_path / "answer").write_text("n\n")
    with (tmp_path / "answer").open() as answer:
        result = openviper("viperctl", "act", "--how=declined", PYTHONPATH=acting, stdin=answer)
    assert (result.returncode, result.stderr) == (1, "Aborted\n")


@pytest.mark.parametrize(
    ("place", "content"),
    [
        ("mysite/settings.py", f"print('ACTING', flush=True)\nimport time; time.sleep(60)\n{SETTINGS}"),
        ("installed/acting.py", "print('ACTING', flush=True)\nimport time; time.sleep(60)\n"),
        ("installed/acting_kit_manifest.py", "print('ACTING', flush=True)\nimport time; time.sleep(60)\n"),
        ("installed/click.py", "print('ACTING', flush=True)\nimport time; time.sleep(60)\n"),
        ("installed/acting.py", COMMAND),
    ],
)
def test_ctrl_c_is_130_without_a_traceback_in_every_phase(served, acting, project, place, content):
    """While settings, a command, a manifest or click itself is imported, and while a command runs."""
    (project / place).write_text(content)
    how = "slow" if content is COMMAND else "settings"
    with served("viperctl", "act", "--how", how, PYTHONPATH=acting) as process:
        process.wait_for("ACTING", 2 if place.startswith("mysite") else 1)
        assert process.end(signal.SIGINT) == 130
        assert "Traceback" not in process.output


@pytest.mark.parametrize(
    ("args", "place"),
    [
        (["viperctl", "check", "--settings", "mysite.settings"], "viperctl --settings ... check"),
        (["viperctl", "check", "--settings=mysite.settings"], "viperctl --settings ... check"),
        (["viperctl", "check", "--no-color"], "viperctl --no-color ... check"),
        (["viperctl", "check", "-v"], "viperctl -v ... check"),
        (["version", "--version"], "python -m openviper.cli --version ... version"),
    ],
)
def test_a_groups_option_after_the_command_is_told_its_place(openviper, project, args, place):
    """Wrong usage, with the line that would be right."""
    result = openviper(*args)
    assert result.returncode == 2
    assert (
        f"No such option {args[-1].partition('=')[0]!r} here" in result.stderr or "'--settings' here" in result.stderr
    )
    assert f"it stands before the command: {place}" in result.stderr.replace(
        "python -m openviper.cli viperctl", "viperctl"
    )


def test_another_unknown_option_gets_the_nearest(openviper, project):
    """As click has it."""
    result = openviper("viperctl", "check", "--fail-levl=INFO")
    assert result.returncode == 2
    assert "--fail-level" in result.stderr


def test_the_current_folder_was_deleted(openviper, tmp_path):
    """One sentence for who needs a project; the rest works."""
    gone = str(tmp_path / "gone")
    line = (
        f"import os, sys; os.mkdir({gone!r}); os.chdir({gone!r}); os.rmdir({gone!r})\nfrom openviper.cli import main\n"
    )
    for args, code, part in (
        (["viperctl", "check"], 1, "Error: the current directory, where the project is looked for, does not exist"),
        (["run", "app"], 1, "Error: the current directory, where the project is looked for, does not exist"),
        (["viperctl", "--help"], 0, ""),
        (["version"], 0, ""),
    ):
        result = openviper(command=("-c", f"{line}sys.exit(main({args!r}))"))
        assert (result.returncode, "Traceback" in result.stderr) == (code, False), result.stderr
        assert part in result.stderr
    assert list(tmp_path.iterdir()) == []
