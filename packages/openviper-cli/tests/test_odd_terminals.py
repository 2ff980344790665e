"""The inspecting commands where streams are closed and terminals are narrow."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

COMMANDS = ("apps", "check", "settings")


def shell(line, cwd):
    """Run a line of a real shell, ``openviper`` being this one; return what became of it."""
    command = f'openviper() {{ "{sys.executable}" -m openviper.cli "$@"; }}; {line}'
    return subprocess.run(["bash", "-c", command], cwd=cwd, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.skipif(not Path("/bin/bash").exists(), reason="bash is not there")
@pytest.mark.parametrize("command", [*(f"viperctl {each}" for each in COMMANDS), "version", "completion bash"])
@pytest.mark.parametrize("end", ["| head -1 >/dev/null", ">&-", "<&-", ">/dev/null 2>&-"])
def test_streams_that_are_closed_are_no_reason_for_a_traceback(project, command, end):
    """Neither one that ends early nor one that was never open."""
    result = shell(f"openviper {command} {end}; exit ${{PIPESTATUS[0]}}", project)
    assert result.returncode in (0, 1)
    assert "Traceback" not in result.stderr
    assert "Broken" not in result.stderr


@pytest.mark.parametrize("columns", ["20", "1"])
@pytest.mark.parametrize("command", [*(("viperctl", each) for each in COMMANDS), ("version",), ("completion", "fish")])
def test_a_narrow_terminal_is_no_reason_for_one_either(openviper, project, command, columns):
    """Neither for what they print nor for their help."""
    for args in (command, (*command, "--help")):
        result = openviper(*args, COLUMNS=columns)
        assert result.returncode == 0, result.stderr
        assert "Traceback" not in result.stderr
