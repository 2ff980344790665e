"""``viperctl start-server``: serve the project."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from openviper.cli._serve import serve
from openviper.cli._server_configuration import ServerOptions
from openviper.cli._server_options import server_options
from openviper.core.app_resolver import AppResolver
from openviper.core.applications import parse_application, project_application
from openviper.core.flexible_adapter import FlexibleAdapter, Project
from openviper.core.projects import search_folder

__all__ = ["start_server"]


@click.command()
@click.argument("app", required=False)
@server_options(short=False)
@click.pass_context
def start_server(ctx: click.Context, /, app: str | None, **options: Any) -> None:
    """Serve the project with uvicorn.

    APP is its application, module or module:attribute; without it, `app` in the project's app.py or asgi.py.
    """
    adapter = ctx.find_object(FlexibleAdapter)
    project = adapter.project if adapter else None
    root = Path(search_folder())
    if project is None:
        # As `run` does: what is found in this folder is imported from it.
        sys.path.insert(0, str(root))
    if app:
        application = parse_application(app, str(project.import_root if project else root))
    else:
        application = project_application(project.found if project else None)
    server = ServerOptions(application, root=root, **options)
    ctx.exit(serve(server, title=project.name if project else application, details=[_settings_line(project)]))


def _settings_line(project: Project | None) -> str:
    resolver = AppResolver()
    # In the root layout the folder itself is an app, the last one.
    apps = [*resolver.apps, *([f"{resolver.root.name} (this folder)"] if resolver.root_is_app() else [])]
    source = project.settings_module if project else "from environment and defaults"
    return f"Settings {source}; {'apps ' + ', '.join(apps) if apps else 'no apps'}"
