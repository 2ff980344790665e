"""``viperctl start-server``: serve the project."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from openviper.cli._application import application_of, parse_application
from openviper.cli._serve import serve, server_options
from openviper.cli._server import ServerOptions
from openviper.conf import settings
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
    application = parse_application(app) if app else application_of(project)
    server = ServerOptions(application, root=Path(search_folder()), use_colors=ctx.color, **options)
    ctx.exit(serve(server, title=_title(application, project)))


def _title(application: str, project: Project | None) -> str:
    apps = len(settings.INSTALLED_APPS)
    counted = f"{apps} app" if apps == 1 else f"{apps} apps"
    if project is None:
        return f"{application} (no project, {counted})"
    return f"{project.name} (settings {project.settings_module}, {counted})"
