"""The documented rows of the command line: names, targets, arguments, options, defaults.

What stands here is a promise to users: a change of it breaks somebody's scripts.
"""

from __future__ import annotations

import click
import pytest

from openviper._commands import cli as manifest
from openviper.cli import _main
from openviper.cli._lazy import load_command
from openviper.cli._viperctl import viperctl

#: What every server takes beside its address.
SERVER = {
    "--factory": False,
    "--log-level": None,
    "--log-config": None,
    "--access-log/--no-access-log": True,
    "--use-colors/--no-use-colors": None,
}
#: Command -> its options: spellings -> default.
TOP_LEVEL = {
    "create-app NAME": {"-d/--directory": "."},
    "create-project NAME": {"-d/--directory": ".", "--minimal": False, "--full": False},
    "run TARGET": {
        "-h/--host": "127.0.0.1",
        "-p/--port": 8000,
        "--reload/--no-reload": True,
        "-w/--workers": 1,
        **SERVER,
    },
    "completion [SHELL]": {},
    "version": {"--json": False},
}
#: Command and target policy -> its options.
VIPERCTL = {
    ("start-server [APP]", "dot"): {
        "--host": "127.0.0.1",
        "--port": 8000,
        "--reload/--no-reload": True,
        "--workers": 1,
        **SERVER,
    },
    ("create-provider NAME", "none"): {"-o/--output-dir": "."},
    ("apps", "dot"): {"--ready": False, "--json": False},
    ("check", "dot"): {"--fail-level": "ERROR", "--json": False},
    ("settings [NAME]...", "dot"): {"--changed": False, "--json": False},
    ("console", "module"): {"--no-models": False, "-c/--command": None},
    ("test [LABEL]...", "dot"): {
        "-v/--verbose": 0,
        "-x/--failfast": False,
        "--keepdb/--reuse-db": False,
        "--create-db": False,
    },
    ("create-app NAME", "none"): {"-d/--directory": "."},
    ("create-command COMMAND APP", "none"): {"-d/--directory": "."},
}


def usage(name, command):
    context = click.Context(command, info_name=name)
    arguments = [each.make_metavar(context) for each in command.params if isinstance(each, click.Argument)]
    return " ".join([name, *arguments])


def options(command):
    return {
        "/".join([*each.opts, *each.secondary_opts]): each.default
        for each in command.params
        if isinstance(each, click.Option) and not each.hidden
    }


@pytest.mark.parametrize("row", TOP_LEVEL)
def test_a_row_of_the_top_level(row):
    """``openviper ...`` takes what is documented, with the documented defaults."""
    entry = next(each for each in _main.COMMANDS if each.name == row.split()[0])
    command = load_command(entry)
    assert usage(entry.name, command) == row
    assert options(command) == TOP_LEVEL[row]


def test_the_top_level_has_no_other_commands():
    """``viperctl`` is the group of all others."""
    assert sorted(each.name for each in _main.COMMANDS) == sorted([*(row.split()[0] for row in TOP_LEVEL), "viperctl"])


@pytest.mark.parametrize(("row", "target"), VIPERCTL)
def test_a_row_of_viperctl(row, target):
    """``openviper viperctl ...`` takes what is documented, with the documented defaults and target."""
    entry = next(each for each in manifest.COMMANDS if each.name == row.split()[0])
    command = load_command(entry)
    assert entry.target == target
    assert usage(entry.name, command) == row
    assert options(command) == VIPERCTL[row, target]
    assert command.get_short_help_str(200) == entry.short_help


def test_this_distribution_offers_no_other_commands():
    """A new one is documented first."""
    assert sorted(each.name for each in manifest.COMMANDS) == sorted(row.split()[0] for row, _ in VIPERCTL)


def test_the_groups_own_options():
    """``viperctl --settings MODULE COMMAND``; ``--version`` on the top level."""
    assert {"--settings", "-v/--verbose", "--traceback"} <= options(viperctl).keys()
    assert {"--version", "--traceback"} <= options(_main.openviper).keys()
