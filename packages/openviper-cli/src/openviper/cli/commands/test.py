"""``viperctl test``: the project's tests, run by pytest in this process."""

from __future__ import annotations

from contextlib import chdir
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from openviper.cli._failure_lines import exit_sentence
from openviper.cli._test_labels import pytest_arguments
from openviper.cli.errors import CommandLineError
from openviper.core.distributions import available_with
from openviper.core.entrypoints import distribution_of, installed_entries
from openviper.core.projects import search_folder

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["test"]

_ORM = "openviper-db"


class _BeforeDashes(click.Command):
    """A command that leaves what stands after ``--`` in ``Context.args``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        dashes = args.index("--") if "--" in args else len(args)
        try:
            # click takes its words off the list.
            super().parse_args(ctx, args[:dashes])
        except click.NoSuchOption as error:
            name = error.option_name
            sentence = f"{error.message} Options for pytest stand behind --: {ctx.command_path} -- {name} ..."
            raise click.NoSuchOption(name, sentence, error.possibilities, ctx) from error
        ctx.args = args[dashes + 1 :]
        return ctx.args


@click.command(cls=_BeforeDashes)
@click.argument("labels", nargs=-1, metavar="[LABEL]...")
@click.option("-v", "--verbose", count=True, help="Name each test; twice: show whole differences.")
@click.option("-x", "--failfast", is_flag=True, default=False, help="Stop at the first failure.")
@click.option(
    "--keepdb",
    "--reuse-db",
    "reuse_db",
    is_flag=True,
    default=False,
    help="Keep the test database, and use the kept one.",
)
@click.option("--create-db", is_flag=True, default=False, help="Make the test database anew, even where one was kept.")
@click.pass_context
def test(
    ctx: click.Context, /, labels: tuple[str, ...], verbose: int, failfast: bool, reuse_db: bool, create_db: bool
) -> None:
    """Run the project's tests with pytest.

    LABEL is a path, a module (mysite.shop.tests), an installed app or a test's id (tests/test_app.py::test_start);
    without one, what pytest's testpaths say. What stands after -- is handed to pytest: test -- -k cart --lf.

    The exit code is pytest's: 0 all passed, 1 some failed, 2 interrupted, 3 an error of its own, 4 wrong options, 5 no
    tests.
    """
    database = [flag for flag, given in (("--reuse-db", reuse_db), ("--create-db", create_db)) if given]
    _check_database_flags(database)
    pytest = _pytest()
    root = Path(search_folder())
    options = [*["-v"] * verbose, *["-x"] * failfast, *database, *["--color=no"] * (ctx.color is False)]
    arguments = [*_arguments(labels, root), f"--rootdir={root}", *options, *ctx.args]
    # testpaths count only where pytest is started in its rootdir.
    with chdir(root):
        ctx.exit(_run(pytest, arguments))


def _run(pytest: Any, arguments: list[str]) -> int:
    try:
        return int(pytest.main(arguments))
    except SystemExit as error:
        # Obeyed, sys.exit(0) would be tests that passed.
        raise CommandLineError(exit_sentence("a conftest.py or a plugin of pytest", error)) from error


def _check_database_flags(flags: Sequence[str]) -> None:
    if flags and _ORM not in map(distribution_of, installed_entries("pytest11")):
        raise click.UsageError(f"{flags[0]} needs the pytest plugin that {available_with('openviper.db')}")


def _pytest() -> Any:
    try:
        # An extra.
        import pytest  # noqa: PLC0415
    except ModuleNotFoundError as error:
        if error.name != "pytest":
            raise
        raise CommandLineError(
            "the tests run with pytest, which is not installed: pip install 'openviper-cli[test]'"
        ) from error
    return pytest


def _arguments(labels: Sequence[str], root: Path) -> list[str]:
    try:
        return pytest_arguments(labels, here=Path.cwd(), root=root)
    except CommandLineError:
        raise
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="'LABEL'") from error
