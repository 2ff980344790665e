"""The commands of ``openviper viperctl`` that openviper-cli itself brings; data only."""

from __future__ import annotations

from openviper.core.commands import LazyCommand

__all__ = ["COMMANDS"]

COMMANDS = (
    LazyCommand(
        "check", "openviper.cli.commands.check:check", "Find problems in the settings and the installed apps.", "dot"
    ),
    LazyCommand(
        "create-app", "openviper.cli.commands.create_app:create_app", "Create an app with routes, views and tests."
    ),
    LazyCommand(
        "create-command",
        "openviper.cli.commands.create_command:create_command",
        "Create a management command in an app.",
    ),
    LazyCommand(
        "start-server", "openviper.cli.commands.start_server:start_server", "Serve the project with uvicorn.", "dot"
    ),
)
