"""The lazy group: errors, exit codes, colours; and what it does not import."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click
import pytest
from click.shell_completion import ShellComplete

from openviper.cli._lazy import LazyGroup, load_command, no_color_option, run_command, traceback_option
from openviper.core.commands import LazyCommand

MODULE = '''
import click
from openviper.core.errors import ImproperlyConfigured

@click.command()
@click.option("--how", default="")
def act(how):
    """Act."""
    if how == "refused":
        raise ImproperlyConfigured("PORT='abc' (environment) is not an int")
    if how == "bug":
        raise KeyError("bug")
    if how == "interrupted":
        raise KeyboardInterrupt
    if how == "asked":
        click.prompt("Name")
    if how == "three":
        click.get_current_context().exit(3)
    click.echo(click.style("acted", fg="red"), color=None)
    return 7

thing = 1
'''


@pytest.fixture
def group(files, monkeypatch):
    """A group whose commands stand in a module that is not imported yet."""
    monkeypatch.delitem(sys.modules, "cli_lazy_module", raising=False)
    monkeypatch.syspath_prepend(str(files({"cli_lazy_module.py": MODULE})))
    table = {
        "act": LazyCommand("act", "cli_lazy_module:act", "Act, in a line that is long enough to be wrapped twice."),
        "broken": LazyCommand("broken", "no_such_module:broken", "Never imported."),
        "thing": LazyCommand("thing", "cli_lazy_module:thing", "No command."),
        "typo": LazyCommand("typo", "cli_lazy_module:atc", "No command."),
        "undotted": LazyCommand("undotted", "undotted", "No command."),
    }
    return LazyGroup("tool", table=table, params=[no_color_option(), traceback_option()])


def test_help_lists_the_commands_and_imports_none(group, capsys):
    """One line of help each, from the table."""
    assert run_command(group, ["--help"], prog_name="tool") == 0
    printed = capsys.readouterr().out
    assert "Never imported." in printed
    assert "wrapped twice." in printed
    assert "cli_lazy_module" not in sys.modules


def test_completion_and_suggestions_import_none(group, capsys):
    """A broken command does not break the shell."""
    found = ShellComplete(group, {}, "tool", "_TOOL_COMPLETE").get_completions([], "b")
    assert [(item.value, item.help) for item in found] == [("broken", "Never imported.")]
    assert run_command(group, ["brokn"], prog_name="tool") == 2
    assert "Did you mean 'broken'?" in capsys.readouterr().err
    assert "cli_lazy_module" not in sys.modules


@pytest.mark.parametrize(
    ("how", "code", "error"),
    [
        ("", 0, ""),
        ("three", 3, ""),
        ("refused", 1, "Error: PORT='abc' (environment) is not an int\n"),
        ("interrupted", 130, "\n"),
    ],
)
def test_the_exit_code_says_what_became_of_the_command(group, capsys, how, code, error):
    """A return value is no exit code; a refusal is one line; Ctrl-C has no traceback."""
    assert run_command(group, ["act", "--how", how], prog_name="tool") == code
    assert capsys.readouterr().err == error


@pytest.mark.parametrize("args", [["act", "--nope"], ["act", "word"], ["nope"], ["--nope"], []])
def test_wrong_usage_exits_with_2(group, capsys, args):
    """And shows how it is used."""
    assert run_command(group, args, prog_name="tool") == 2
    assert "Usage: tool" in capsys.readouterr().err


@pytest.mark.parametrize("args", [["--traceback", "act", "--how=refused"], ["act", "--how=refused", "--traceback"]])
def test_the_traceback_is_there_for_who_asks(group, capsys, args):
    """``--traceback`` is taken before the command's name and after it."""
    assert run_command(group, args, prog_name="tool") == 1
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[-1].startswith("openviper.core.errors.ImproperlyConfigured: ")


def test_a_bug_is_shown_from_its_own_module_on(group, capsys):
    """Only errors that were meant to be shown become one line; ``--traceback`` shows what called it too."""
    assert run_command(group, ["act", "--how=bug"], prog_name="tool") == 1
    lines = capsys.readouterr().err.splitlines()
    assert (lines[0], lines[-1]) == ("Traceback (most recent call last):", "KeyError: 'bug'")
    assert "cli_lazy_module.py" in lines[1]
    assert run_command(group, ["--traceback", "act", "--how=bug"], prog_name="tool") == 1
    assert "click/core.py" in capsys.readouterr().err


def test_an_input_that_ends_is_no_interruption(group, capsys, monkeypatch):
    """A prompt without anybody to answer it fails with 1."""
    with Path(os.devnull).open() as nobody:
        monkeypatch.setattr(sys, "stdin", nobody)
        assert run_command(group, ["act", "--how=asked"], prog_name="tool") == 1
    assert "the input ended" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("args", "variables", "color"),
    [
        ([], {}, None),
        ([], {"NO_COLOR": "1"}, False),
        ([], {"NO_COLOR": ""}, None),
        ([], {"FORCE_COLOR": "1"}, True),
        ([], {"FORCE_COLOR": ""}, None),
        ([], {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        (["--no-color"], {"FORCE_COLOR": "1"}, False),
        (["--no-color"], {}, False),
    ],
)
def test_colour_is_left_out_where_it_is_not_wanted(group, monkeypatch, args, variables, color):
    """NO_COLOR, then FORCE_COLOR, counts when it is not empty (https://no-color.org); else the terminal decides."""
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    seen = []
    seer = click.Command("see", callback=lambda: seen.append(click.get_current_context().color))
    group.get_command = lambda ctx, name: seer
    run_command(group, [*args, "act"], prog_name="tool")
    assert seen == [color]


@pytest.mark.parametrize(
    ("name", "path", "reason"),
    [
        ("thing", "cli_lazy_module:thing", "it is int"),
        ("broken", "no_such_module:broken", "there is no module 'no_such_module'"),
        ("typo", "cli_lazy_module:atc", "'cli_lazy_module' has no 'atc'; did you mean 'act'?"),
        ("undotted", "undotted", "'undotted' is not a dotted path; expected 'package.module.Name'"),
    ],
)
def test_an_entry_that_names_no_command_is_one_line(group, capsys, name, path, reason):
    """With the distribution and the entry, for its author; ``--traceback`` shows the rest."""
    assert run_command(group, [name], prog_name="tool") == 1
    assert capsys.readouterr().err == (
        f"Error: {name!r} of openviper-cli cannot run: its manifest names {path}, which is no click.Command: {reason}\n"
    )
    assert run_command(group, ["--traceback", name], prog_name="tool") == 1
    assert "openviper.cli.errors.CommandLineError: " in capsys.readouterr().err


def test_the_loaded_command_itself_is_not_changed(group):
    """``--traceback`` is added to a copy: the module's own command may be used elsewhere."""
    loaded = load_command(LazyCommand("act", "cli_lazy_module:act", ""))
    original = sys.modules["cli_lazy_module"].act
    assert len(loaded.params) == len(original.params) + 1
