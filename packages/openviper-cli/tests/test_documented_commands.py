"""The management commands that are promised to users, whichever distribution brings them.

Each row whose distribution is installed here is held against its command: name, target, arguments, options, defaults.
A command may have more options. Its distribution's own tests have the rows of what it offers beyond these.
"""

from __future__ import annotations

import os
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, distribution

import click
import pytest

from openviper.core.distributions import COMMANDS
from openviper.core.entrypoints import distribution_of, installed_entries
from openviper.core.imports import import_string

#: Command, distribution, target policy -> option -> default; ``None`` is also a flag that is off.
PROMISED = {
    ("makemigrations [APP]...", "openviper-db", "module"): {"--check": None, "--force": None},
    ("migrate [APP]", "openviper-db", "module"): {"--database": "default", "-v/--verbose": None},
    ("createsuperuser", "openviper-auth", "dot"): {"--username": None, "--email": None, "--no-input": None},
    ("changepassword [USERNAME]", "openviper-auth", "none"): {"--password": None},
    ("console", "openviper-cli", "module"): {"--no-models": None, "-c/--command": None},
    ("start-server [APP]", "openviper-cli", "dot"): {
        "--host": "127.0.0.1",
        "--port": 8000,
        "--reload/--no-reload": True,
        "--workers": 1,
    },
    ("start-worker", "openviper-tasks", "module"): {
        "--modules": None,
        "--queues": None,
        "--threads": 8,
        "--processes": 1,
        "--no-scheduler": None,
    },
    ("collectstatic", "openviper-http", "module"): {"--no-input": None, "--clear": None, "--dry-run": None},
    ("create-app NAME", "openviper-cli", "none"): {"-d/--directory": "."},
    ("create-provider NAME", "openviper-cli", "none"): {"-o/--output-dir": "."},
    ("create-command COMMAND APP", "openviper-cli", "none"): {"-d/--directory": "."},
    ("test [LABEL]...", "openviper-cli", "dot"): {
        "-v/--verbose": None,
        "-x/--failfast": None,
        "--keepdb": None,
        "--create-db": None,
        "--reuse-db": None,
    },
    ("backup-db", "openviper-backup", "dot"): {
        "--path": "./backup",
        "--name": None,
        "--db": None,
        "--compress/--no-compress": True,
    },
    # FILE may be left out for --latest alone.
    ("restore-db [FILE]", "openviper-backup", "none"): {"--db": None, "--force": None},
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


def default_of(option):
    """Nothing, a flag that is off and an empty list are one; a path is its text."""
    value = option.to_info_dict()["default"]
    return os.fspath(value) if isinstance(value, os.PathLike) else value or None


@pytest.mark.parametrize(("row", "owner", "target"), [*filter(is_here, PROMISED)])
def test_a_promised_command_is_as_promised(row, owner, target):
    """Name, target policy, arguments, options by every spelling, and defaults."""
    entry, offers = OFFERED[row.split()[0]]
    command = import_string(entry.import_path)
    context = click.Context(command)
    arguments = [each.make_metavar(context) for each in command.params if isinstance(each, click.Argument)]
    assert (offers, entry.target, " ".join([entry.name, *arguments])) == (owner, target, row)
    options = {
        spelling: (each, default_of(each))
        for each in command.params
        if isinstance(each, click.Option)
        for spelling in (*each.opts, *each.secondary_opts)
    }
    for spellings, default in PROMISED[row, owner, target].items():
        first, *others = spellings.split("/")
        assert first in options
        assert options[first][1] == default
        assert all(options[other][0] is options[first][0] for other in others)


def test_core_knows_every_promised_command():
    """So that an error can say what to install."""
    for command, owner, _ in PROMISED:
        assert COMMANDS[command.split()[0]] == owner
