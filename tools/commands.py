"""Run the programs that check things, and say what was run."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from tools.workspace import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["check", "report", "uv"]


def uv() -> str:
    """uv as ``./dev`` found it, or the one on PATH where nox was started without ``./dev``."""
    return os.environ.get("UV", "uv")


def check(*command: str | Path, cwd: Path = ROOT, env: Mapping[str, str] | None = None) -> bool:
    """Run ``command`` with its output where ours goes; whether it succeeded. ``env`` is added to ours."""
    print("$", *(shorten(part) for part in command), flush=True)
    try:
        code = subprocess.run(command, cwd=cwd, env={**os.environ, **(env or {})}, check=False).returncode
    except OSError as error:
        print(f"{command[0]} cannot be run: {error}", flush=True)
        return False
    if code:
        print(f"^ exit code {code}", flush=True)
    return code == 0


def report(title: str, problems: list[str]) -> bool:
    """Print ``problems`` under ``title``; whether there are none."""
    print(f"{title}: {'ok' if not problems else ''}", *problems, sep="\n  " if problems else "", flush=True)
    return not problems


def shorten(part: str | Path) -> str:
    text = str(part)
    if text == sys.executable:
        return "python"
    return text.replace(f"{ROOT}{os.sep}", "")
