"""The manifest with which a distribution offers its commands."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import FrozenInstanceError

import pytest

from openviper.core.commands import LazyCommand
from openviper.core.pages import Page


def test_a_command_takes_no_target_unless_it_says_so():
    """The default policy leaves all arguments to the command."""
    command = LazyCommand("greet", "shop.commands:greet", "Greet.")
    assert (command.target, command.expects_project) == ("none", False)


@pytest.mark.parametrize("entry", [LazyCommand("greet", "shop:greet", "Greet."), Page("/-/x", "shop:app", "Shop")])
def test_an_entry_of_a_manifest_cannot_be_changed(entry):
    """Manifests are shared by everybody who reads them."""
    with pytest.raises(FrozenInstanceError):
        entry.import_path = "evil:app"


def test_reading_a_manifest_imports_no_command(tmp_path):
    """A manifest is data: it may name what is not there."""
    folder = tmp_path / "openviper" / "_commands"
    folder.mkdir(parents=True)
    (folder / "shop.py").write_text(
        "from openviper.core.commands import LazyCommand\n"
        "COMMANDS = (LazyCommand('greet', 'nosuchpackage.commands:greet', 'Greet.', target='dot'),)\n"
    )
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from openviper._commands.shop import COMMANDS; "
    code += "print(COMMANDS[0].name, 'click' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True)
    assert run.stdout.split() == ["greet", "False"]
