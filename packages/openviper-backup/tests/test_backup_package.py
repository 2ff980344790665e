"""What can be imported from the package itself."""

from __future__ import annotations

import subprocess
import sys

import pytest

import openviper.backup


@pytest.mark.parametrize("name", openviper.backup.__all__)
def test_exported(name):
    """Each documented name is there, and is listed."""
    assert getattr(openviper.backup, name).__name__ == name
    assert name in dir(openviper.backup)


def test_unknown():
    """Another name is not."""
    with pytest.raises(AttributeError, match="has no attribute 'restore_everything'"):
        _ = openviper.backup.restore_everything


def test_lazy():
    """The package alone imports nothing else of it."""
    code = "import sys, openviper.backup; print([name for name in sys.modules if name.startswith('openviper.backup.')])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
