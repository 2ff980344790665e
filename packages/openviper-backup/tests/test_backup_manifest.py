"""The documented rows of the commands: names, targets, arguments, options, defaults.

What stands here is a promise to users: a change of it breaks somebody's scripts.
"""

from __future__ import annotations

import click
import pytest

from openviper._commands.backup import COMMANDS
from openviper.core.distributions import COMMANDS as DOCUMENTED
from openviper.core.imports import import_string

#: Command and target policy -> options of the contract; FILE is left out for --latest alone.
ROWS = {
    ("backup-db", "dot"): {"--path": "./backup", "--name": None, "--db": None, "--compress/--no-compress": True},
    ("list-backups", "dot"): {"--path": "./backup", "--name": None},
    ("prune-backups", "dot"): {"--keep-last": 0, "--keep-daily": 0, "--keep-weekly": 0, "--keep-monthly": 0},
    ("restore-db [FILE]", "none"): {"--db": None, "--force": False},
    ("verify-db [FILE]", "none"): {"--db": None},
}


@pytest.mark.parametrize(("row", "target"), ROWS)
def test_a_row(row, target):
    """It takes what is documented, with the documented defaults and target."""
    entry = next(each for each in COMMANDS if each.name == row.split()[0])
    command = import_string(entry.import_path)
    assert entry.target == target
    context = click.Context(command, info_name=entry.name)
    arguments = [each.make_metavar(context) for each in command.params if isinstance(each, click.Argument)]
    assert " ".join([entry.name, *arguments]) == row
    options = {
        "/".join([*each["opts"], *each["secondary_opts"]]): each["default"]
        for each in command.to_info_dict(context)["params"]
    }
    assert options | ROWS[row, target] == options


def test_core_knows_them():
    """So that an error can say what to install."""
    assert {each.name for each in COMMANDS} <= {
        name for name, distribution in DOCUMENTED.items() if distribution == "openviper-backup"
    }
