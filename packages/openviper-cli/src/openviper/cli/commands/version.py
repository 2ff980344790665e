"""``openviper version``: which distributions are installed, and whether they fit together."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as version_of
from typing import TYPE_CHECKING, Any

import click

from openviper.cli._json_output import say_json
from openviper.core.terminal_text import harmless_line, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openviper.cli._fit import Installed, Misfit

__all__ = ["framework_version", "version"]


def framework_version() -> str:
    """Return ``"openviper 0.2.0"``, or this distribution's version where the meta distribution is not installed."""
    try:
        return f"openviper {version_of('openviper')}"
    except PackageNotFoundError:
        return f"openviper-cli {version_of('openviper-cli')}"


@click.command()
@click.option("--json", "is_json", is_flag=True, default=False, help="Print them as JSON.")
@click.pass_context
def version(ctx: click.Context, is_json: bool) -> None:
    """Show the installed OpenViper distributions.

    Exits with 1 where they do not fit together: where one needs another, or another version of it, than is installed.
    """
    # `openviper --version` takes neither it nor what it imports.
    from openviper.cli._fit import misfits, openviper_distributions  # noqa: PLC0415

    found = openviper_distributions()
    wrong = misfits(found)
    if is_json:
        say_json(_as_json(found, wrong))
    else:
        _show(found)
    for misfit in wrong:
        click.echo(f"Error: {harmless_line(str(misfit))}", err=True)
    if wrong:
        ctx.exit(1)


def _show(found: Sequence[Installed]) -> None:
    versions = {each.name: each.version for each in found}
    name = "openviper" if "openviper" in versions else "openviper-cli"
    click.echo(harmless_line(f"{name} {versions.get(name, '?')}"))
    for line in table([(harmless_line(each.name), harmless_line(each.version)) for each in found]):
        click.echo(f"  {line}")
    click.echo(f"{_python()}, {_platform()}")


def _python() -> str:
    return f"{platform.python_implementation()} {platform.python_version()}"


def _platform() -> str:
    return f"{platform.system()} {platform.release()} {platform.machine()}"


def _as_json(found: Sequence[Installed], wrong: Sequence[Misfit]) -> dict[str, Any]:
    return {
        "distributions": {each.name: each.version for each in found},
        "python": _python(),
        "platform": _platform(),
        "misfits": [
            {
                "distribution": each.distribution.name,
                "needs": each.needs,
                "versions": each.versions,
                "installed": each.found,
                "mend": each.mend,
            }
            for each in wrong
        ],
    }
