"""The ``openviper`` command."""

from __future__ import annotations

from openviper.cli._main import main
from openviper.cli.errors import CommandLineError, ProjectError

__all__ = ["CommandLineError", "ProjectError", "main"]
