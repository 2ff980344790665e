"""The commands of ``openviper viperctl`` that openviper-cli itself brings; data only."""

from __future__ import annotations

from openviper.core.commands import LazyCommand

__all__ = ["COMMANDS"]

COMMANDS = (
    LazyCommand(
        "apps",
        "openviper.cli.commands.apps:apps",
        "List the installed apps, and what each brings.",
        "dot",
        expects_project=True,
    ),
    LazyCommand(
        "check",
        "openviper.cli.commands.check:check",
        "Find problems in settings, apps and the application.",
        "dot",
        expects_project=True,
    ),
    LazyCommand(
        "console",
        "openviper.cli.commands.console:console",
        "Open a Python console with settings and models loaded.",
        "module",
        expects_project=True,
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
        "create-provider",
        "openviper.cli.commands.create_provider:create_provider",
        "Create an AI provider package with tests.",
    ),
    LazyCommand(
        "settings",
        "openviper.cli.commands.settings:settings",
        "Show the settings, and where each value comes from.",
        "dot",
        expects_project=True,
    ),
    LazyCommand(
        "start-server", "openviper.cli.commands.start_server:start_server", "Serve the project with uvicorn.", "dot"
    ),
    LazyCommand(
        "test", "openviper.cli.commands.test:test", "Run the project's tests with pytest.", "dot", expects_project=True
    ),
)
