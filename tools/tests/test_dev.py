"""The command ``./dev``, as somebody types it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools.workspace import ROOT

OLD_PYTHONS = [
    found
    for version in ("3.6", "3.8", "3.10")
    for found in (shutil.which(f"python{version}"), *Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
    if found and subprocess.run([found, "-c", ""], capture_output=True, check=False).returncode == 0
]


def dev(*arguments, python=sys.executable):
    return subprocess.run([python, ROOT / "dev", *arguments], capture_output=True, text=True, check=False, timeout=60)


def test_it_can_be_executed():
    """The README types ``./dev``."""
    assert os.access(ROOT / "dev", os.X_OK)


@pytest.mark.parametrize("arguments", [(), ("--help",), ("-h",)])
def test_help_names_the_commands(arguments):
    """Without a command nothing is done."""
    answer = dev(*arguments)
    assert answer.returncode == 0
    assert "./dev demo" in answer.stdout
    assert "./dev test" in answer.stdout


def test_an_unknown_command_is_refused():
    """The message names the commands that there are."""
    answer = dev("tset")
    assert answer.returncode == 2
    assert "no command 'tset'; there are demo, test" in answer.stderr


@pytest.mark.skipif(not OLD_PYTHONS, reason="no Python older than 3.11 here")
@pytest.mark.parametrize("python", OLD_PYTHONS)
def test_an_old_python_is_told_in_one_sentence(python):
    """Not a traceback about syntax or a missing module."""
    answer = dev("test", python=python)
    assert answer.returncode == 1
    assert answer.stderr.startswith("dev: Python 3.11 or newer is needed, this is 3.")
    assert answer.stderr.count("\n") == 1
