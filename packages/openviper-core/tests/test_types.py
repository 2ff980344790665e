"""The ASGI types, as a type checker reads them in a user's module."""

from __future__ import annotations

import subprocess
import sys

import pytest

APPLICATION = """
from openviper.core.types import ASGIApp, Message, Receive, Scope, Send

async def app(scope: Scope, receive: Receive, send: Send) -> None:
    message: Message = {"type": "http.response.start", "status": 200, "headers": []}
    await send(message)

class Wrapped:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app({**scope}, receive, send)

stack: ASGIApp = Wrapped(app)
"""


@pytest.mark.parametrize(
    ("source", "passes"),
    [
        (APPLICATION, True),
        (APPLICATION + "\nasync def wrong(scope: Scope) -> None: ...\nstack = wrong\n", False),
    ],
)
def test_functions_and_objects_are_applications(source, passes, tmp_path):
    """mypy --strict accepts what the specification allows, and refuses what no server can call."""
    pytest.importorskip("mypy")
    (tmp_path / "application.py").write_text(source)
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), "application.py"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=110, check=False, cwd=tmp_path)
    assert (run.returncode == 0) is passes, run.stdout + run.stderr
    assert passes or "Incompatible types in assignment" in run.stdout
