"""``openviper run``: serve any ASGI application."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from openviper.cli._application import parse_application
from openviper.cli._serve import serve, server_options
from openviper.cli._server import ServerOptions

__all__ = ["run"]


@click.command()
@click.argument("target")
@server_options(short=True)
@click.pass_context
def run(ctx: click.Context, /, target: str, **options: Any) -> None:
    """Serve an ASGI application with uvicorn.

    TARGET is module, module:attribute (by default app) or a file such as app.py; this folder is importable.
    """
    here = Path.cwd()
    sys.path.insert(0, str(here))
    application = parse_application(target)
    ctx.exit(serve(ServerOptions(application, root=here, use_colors=ctx.color, **options), title=application))
