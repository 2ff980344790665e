"""``viperctl create-provider``: an AI provider, a package of its own that passes its own tests."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click

from openviper.cli._new_package import new_folder
from openviper.cli._scaffold import check_package_name, render, write_whole
from openviper.core.terminal_text import harmless_line

__all__ = ["create_provider"]

#: Template -> path in the new folder; ``{package}`` is the package.
_FILES = {
    "provider/pyproject.toml.jinja": "pyproject.toml",
    "provider/README.md.jinja": "README.md",
    "provider/gitignore.jinja": ".gitignore",
    "provider/package/init.py.jinja": "{package}/__init__.py",
    "provider/package/base.py.jinja": "{package}/base.py",
    "provider/package/provider.py.jinja": "{package}/provider.py",
    "provider/package/py.typed.jinja": "{package}/py.typed",
    "provider/tests/test_provider.py.jinja": "tests/test_provider.py",
}
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[-_]+[A-Za-z0-9]+)*")
# With a longer one, lines of the generated code are too long for its formatter.
_LONGEST = 24


def _checked(ctx: click.Context, param: click.Parameter, value: str) -> str:
    if not _NAME.fullmatch(value) or len(value) > _LONGEST:
        raise click.BadParameter(
            f"{value!r} is not a name for a provider: letters, digits, - and _ only, a letter first, "
            f"no - or _ last, and at most {_LONGEST} of them",
            ctx,
            param,
        )
    try:
        check_package_name("_".join(_words(value)).lower())
    except ValueError as error:
        raise click.BadParameter(str(error), ctx, param) from error
    return value


def _words(name: str) -> list[str]:
    return re.split("[-_]+", name)


@click.command()
@click.argument("name", callback=_checked)
@click.option(
    "-o",
    "--output-dir",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    default=".",
    help="Where the package's folder is made; by default here.",
)
def create_provider(name: str, output_dir: Path) -> None:
    """Create an AI provider package with tests.

    NAME is the service; the folder is openviper-ai-NAME, and the package in it openviper_ai_NAME.
    """
    values = _values(name)
    package = values["package"]
    folder = new_folder(values["distribution"], output_dir, package=package, other=f"my-{name}")
    files = render({template: path.format(package=package) for template, path in _FILES.items()}, **values)
    write_whole(folder, files)
    shown = harmless_line(str(folder))
    steps = (shlex.join(["cd", shown]), "pip install -e '.[test]'", "python -m pytest")
    click.echo("\n  ".join([f"Created {shown}. Next:\n", *steps]))


def _values(name: str) -> dict[str, str]:
    """Return what the templates need of ``open-router``: ``OpenRouterProvider``, ``OPEN_ROUTER_API_KEY`` ..."""
    words = _words(name)
    return {
        "entry": "-".join(words).lower(),
        "distribution": "-".join(["openviper", "ai", *words]).lower(),
        "package": "_".join(["openviper", "ai", *words]).lower(),
        "class_name": "".join(word[0].upper() + word[1:] for word in words) + "Provider",
        "variable": "_".join([*words, "api", "key"]).upper(),
    }
