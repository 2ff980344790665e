"""The documented rows of this distribution's commands: names, targets, arguments, options, defaults.

What stands here is a promise to users: a change of it breaks somebody's scripts.
"""

from __future__ import annotations

import click
import pytest

from openviper._commands import http as manifest
from openviper.core.imports import import_string

#: Command and target policy -> its options: spellings -> default.
ROWS = {
    ("collectstatic", "module"): {
        "--no-input": False,
        "--clear": False,
        "--overwrite": False,
        "--dry-run": False,
        "--json": False,
    },
    ("routes [PATTERN]", "dot"): {"--app": None, "--json": False},
}


@pytest.mark.parametrize(("row", "target"), ROWS)
def test_a_row(row, target):
    """``openviper viperctl ...`` takes what is documented, with the documented defaults and target."""
    entry = next(each for each in manifest.COMMANDS if each.name == row.split()[0])
    command = import_string(entry.import_path)
    context = command.make_context(entry.name, [])
    arguments = [each.make_metavar(context) for each in command.params if isinstance(each, click.Argument)]
    options = {
        "/".join(each.opts): context.params[each.name] for each in command.params if isinstance(each, click.Option)
    }
    assert " ".join([entry.name, *arguments]) == row
    assert entry.target == target
    assert options == ROWS[row, target]
    assert command.get_short_help_str(200) == entry.short_help


def test_there_are_no_other_commands():
    """A new one is documented first."""
    assert sorted(each.name for each in manifest.COMMANDS) == sorted(row.split()[0] for row, _ in ROWS)
