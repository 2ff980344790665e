"""The commands that are promised to users, whichever distribution brings them.

What stands here is a contract: a change of it breaks somebody's scripts. Each row whose distribution is installed here
is held against its command: name, target, arguments, options by every spelling, defaults. A row of this distribution is
all that its command has; others may have more, and their own tests have the rows of what they offer beyond these.
"""

from __future__ import annotations

import os
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, distribution

import click
import pytest

from openviper.cli import _main
from openviper.cli._lazy import load_command
from openviper.cli._viperctl import viperctl
from openviper.core.distributions import COMMANDS
from openviper.core.entrypoints import distribution_of, installed_entries

OWN = "openviper-cli"
#: What every server takes beside its address.
SERVER = {
    "--factory": False,
    "--log-level": None,
    "--log-config": None,
    "--access-log/--no-access-log": True,
    "--use-colors/--no-use-colors": None,
}
#: ``openviper ...``: command -> option -> default.
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
#: ``openviper viperctl ...``: command, distribution, target policy -> option -> default.
PROMISED = {
    ("apps", OWN, "dot"): {"--ready": False, "--json": False},
    ("check", OWN, "dot"): {"--fail-level": "ERROR", "--json": False},
    ("console", OWN, "module"): {"--no-models": False, "-c/--command": None},
    ("create-app NAME", OWN, "none"): {"-d/--directory": "."},
    ("create-command COMMAND APP", OWN, "none"): {"-d/--directory": "."},
    ("create-provider NAME", OWN, "none"): {"-o/--output-dir": "."},
    ("settings [NAME]...", OWN, "dot"): {"--changed": False, "--json": False},
    ("start-server [APP]", OWN, "dot"): {
        "--host": "127.0.0.1",
        "--port": 8000,
        "--reload/--no-reload": True,
        "--workers": 1,
        **SERVER,
    },
    ("test [LABEL]...", OWN, "dot"): {
        "-v/--verbose": 0,
        "-x/--failfast": False,
        "--keepdb/--reuse-db": False,
        "--create-db": False,
    },
    ("makemigrations [APP]...", "openviper-db", "module"): {"--check": False, "--force": False},
    ("migrate [APP]", "openviper-db", "module"): {"--database": "default", "-v/--verbose": False},
    ("createsuperuser", "openviper-auth", "dot"): {"--username": None, "--email": None, "--no-input": False},
    ("changepassword [USERNAME]", "openviper-auth", "none"): {"--password": None},
    ("start-worker", "openviper-tasks", "module"): {
        "--modules": None,
        "--queues": None,
        "--threads": 8,
        "--processes": 1,
        "--no-scheduler": False,
    },
    ("collectstatic", "openviper-http", "module"): {"--no-input": False, "--clear": False, "--dry-run": False},
    ("backup-db", "openviper-backup", "dot"): {
        "--path": "./backup",
        "--name": None,
        "--db": None,
        "--compress/--no-compress": True,
    },
    # FILE may be left out for --latest alone.
    ("restore-db [FILE]", "openviper-backup", "none"): {"--db": None, "--force": False},
}

OFFERED = {
    command.name: (command, distribution_of(entry))
    for entry in installed_entries("openviper.commands")
    for command in entry.load()
}


def is_here(row):
    """Tell whether the command can be held against its row."""
    _, owner, _ = row
    with suppress(PackageNotFoundError):
        return bool(distribution(owner))
    return False


def usage(name, command):
    context = click.Context(command, info_name=name)
    arguments = [each.make_metavar(context) for each in command.params if isinstance(each, click.Argument)]
    return " ".join([name, *arguments])


def options(command):
    """Return spellings -> default; a path is its text."""
    shown = [each for each in command.params if isinstance(each, click.Option) and not each.hidden]
    defaults = [each.to_info_dict()["default"] for each in shown]
    return {
        "/".join([*each.opts, *each.secondary_opts]): os.fspath(value) if isinstance(value, os.PathLike) else value
        for each, value in zip(shown, defaults, strict=True)
    }


def exact(defaults):
    """``0`` and ``False`` are equal, and not the same default."""
    return {option: (type(value), value) for option, value in defaults.items()}


@pytest.mark.parametrize("row", TOP_LEVEL)
def test_a_command_of_the_top_level_is_as_promised(row):
    """``openviper ...``: name, arguments, options, and defaults."""
    entry = next(each for each in _main.COMMANDS if each.name == row.split()[0])
    command = load_command(entry)
    assert usage(entry.name, command) == row
    assert exact(options(command)) == exact(TOP_LEVEL[row])


@pytest.mark.parametrize(("row", "owner", "target"), [*filter(is_here, PROMISED)])
def test_a_promised_command_is_as_promised(row, owner, target):
    """``openviper viperctl ...``: name, target policy, arguments, options, and defaults."""
    entry, offers = OFFERED[row.split()[0]]
    command = load_command(entry)
    assert (offers, entry.target, usage(entry.name, command)) == (owner, target, row)
    promised, there = exact(PROMISED[row, owner, target]), exact(options(command))
    assert there.items() >= promised.items()
    if owner == OWN:
        assert there == promised
        assert command.get_short_help_str(200) == entry.short_help


def test_this_distribution_offers_no_other_commands():
    """A new one is documented first; ``viperctl`` is the group of all others."""
    assert sorted(each.name for each in _main.COMMANDS) == sorted([*(row.split()[0] for row in TOP_LEVEL), "viperctl"])
    offered = [name for name, (_, owner) in OFFERED.items() if owner == OWN]
    assert sorted(offered) == sorted(row.split()[0] for row, owner, _ in PROMISED if owner == OWN)


def test_the_groups_own_options():
    """``viperctl --settings MODULE COMMAND``; ``--version`` on the top level."""
    assert {"--settings", "-v/--verbose", "--traceback"} <= options(viperctl).keys()
    assert {"--version", "--traceback"} <= options(_main.openviper).keys()


def test_core_knows_every_promised_command():
    """So that an error can say what to install."""
    for command, owner, _ in PROMISED:
        assert COMMANDS[command.split()[0]] == owner
