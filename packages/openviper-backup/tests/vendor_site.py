"""A folder on PATH with programs in the places of the vendors', and one that their servers share."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

__all__ = ["Stubs", "content", "is_there", "left", "shared", "stubs"]

_PROGRAM = Path(__file__).parent / "vendor_stubs.py"


class Stubs:
    """A folder for PATH with these programs.

    Args:
        folder: Made.
    """

    def __init__(self, folder: Path, *names: str) -> None:
        folder.mkdir()
        self._folder = folder
        self.path = folder / "bin"
        self.path.mkdir()
        for name in names:
            script = self.path / name
            script.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{_PROGRAM}" {name} "{folder}" "$@"\n')
            script.chmod(0o755)

    def fail(self, **codes: int) -> None:
        """Fail wherever a text is told; below 0: do not end."""
        (self._folder / "fails.json").write_text(json.dumps(codes))

    def calls(self) -> list[dict]:
        """What was recorded: ``name``, ``arguments``, ``variables``, ``parameters``, ``mode`` and ``input``."""
        record = self._folder / "calls.json"
        return [json.loads(line) for line in record.read_text().splitlines()] if record.exists() else []

    def restored(self) -> bytes:
        """What the server was given last."""
        return (self._folder / "restored").read_bytes()

    def ended(self) -> str:
        """The job that was ended on the server; empty: none."""
        ended = self._folder / "ended"
        return ended.read_text() if ended.exists() else ""


@pytest.fixture
def shared(tmp_path, monkeypatch):
    """A folder that the server shares; the current one is above it."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "sha'red"
    folder.mkdir()
    monkeypatch.setenv("SHARED", str(folder))
    return folder


@pytest.fixture
def stubs(tmp_path, monkeypatch):
    """Their programs, on PATH."""
    made = Stubs(tmp_path / "stubs", "sqlcmd", "expdp", "impdp")
    monkeypatch.setenv("PATH", str(made.path), prepend=":")
    return made


def left(folder: Path | str) -> list[str]:
    """What stands in a folder but locks."""
    return [path.name for path in Path(folder).iterdir() if not path.name.endswith(".lock")]


def content(path: str) -> bytes:
    """The bytes of a file."""
    return Path(path).read_bytes()


def is_there(path: str) -> bool:
    """Whether there is such a file."""
    return Path(path).exists()
