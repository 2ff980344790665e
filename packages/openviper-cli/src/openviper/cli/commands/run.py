"""``openviper run``: serve any ASGI application."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from openviper.cli._serve import serve
from openviper.cli._server_configuration import ServerOptions
from openviper.cli._server_options import server_options
from openviper.core.applications import parse_application
from openviper.core.projects import search_folder

__all__ = ["run"]


@click.command()
@click.argument("target")
@server_options(short=True)
@click.pass_context
def run(ctx: click.Context, /, target: str, **options: Any) -> None:
    """Serve an ASGI application with uvicorn.

    TARGET is module, module:attribute (by default app) or a file such as app.py; this folder is importable.
    """
    here = search_folder()
    sys.path.insert(0, here)
    application = parse_application(target, here)
    ctx.exit(serve(ServerOptions(application, root=Path(here), **options), title=application))
