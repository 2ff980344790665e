"""``openviper version``: which distributions are installed."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, distributions
from importlib.metadata import version as version_of

import click

__all__ = ["framework_version", "version"]


def framework_version() -> str:
    """Return ``"openviper 0.2.0"``, or this distribution's version where the meta distribution is not installed."""
    try:
        return f"openviper {version_of('openviper')}"
    except PackageNotFoundError:
        return f"openviper-cli {version_of('openviper-cli')}"


@click.command()
def version() -> None:
    """Show the installed OpenViper distributions."""
    click.echo(framework_version())
    names = {each.name: each.version for each in distributions() if (each.name or "").startswith("openviper-")}
    for name in sorted(names):
        click.echo(f"  {name} {names[name]}")
