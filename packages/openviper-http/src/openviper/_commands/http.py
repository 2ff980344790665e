"""The commands of ``openviper viperctl`` that openviper-http brings; data only."""

from __future__ import annotations

from openviper.core.commands import LazyCommand

__all__ = ["COMMANDS"]

COMMANDS = (
    LazyCommand(
        "collectstatic",
        "openviper.staticfiles.commands:collectstatic",
        "Copy the project's static files into STATIC_ROOT.",
        "module",
        expects_project=True,
    ),
    LazyCommand("routes", "openviper.app.commands:routes", "List the routes of the project's application.", "dot"),
)
