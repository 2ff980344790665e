"""A project on disk for tests: its apps are real packages, and they write down what they do."""

from __future__ import annotations

import asyncio
import sys
from importlib import import_module, invalidate_caches
from textwrap import dedent

import pytest


class Project:
    """A folder on ``sys.path`` with apps in it."""

    def __init__(self, root):
        self.root = root
        (root / "journal.py").write_text("lines = []\n")

    @property
    def lines(self):
        """What the apps wrote down, as they see it: ``from journal import lines``."""
        return import_module("journal").lines

    async def until(self, line):
        """Let other tasks run until an app has written this line."""
        for _ in range(10_000):
            if line in self.lines:
                return
            await asyncio.sleep(0)
        raise AssertionError(f"{line!r} was never written: {self.lines}")

    def write(self, path, source=""):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("from journal import lines\n" + dedent(source))
        invalidate_caches()
        return file

    def app(self, name, source="", apps=None):
        """Write a package, with an ``apps`` module where ``apps`` gives its source; return its name."""
        folder = name.replace(".", "/")
        self.write(f"{folder}/__init__.py", source)
        if apps is not None:
            self.write(f"{folder}/apps.py", apps)
        return name

    def recorder(self, name, extra=""):
        """Write an app whose hooks write down that they were called."""
        return self.app(
            name,
            f"""
            def ready():
                lines.append("{name} ready")

            async def shutdown():
                lines.append("{name} down")
            """
            + extra,
        )


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)
    yield Project(tmp_path)
    for name in set(sys.modules) - before:
        file = getattr(sys.modules[name], "__file__", None) or ""
        if file.startswith(str(tmp_path)) or str(tmp_path) in str(getattr(sys.modules[name], "__path__", "")):
            del sys.modules[name]
