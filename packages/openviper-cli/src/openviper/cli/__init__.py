"""The ``openviper`` command."""

from __future__ import annotations

from openviper.cli.errors import CommandLineError, ProjectError

__all__ = ["CommandLineError", "ProjectError", "main"]


def main(args: list[str] | None = None) -> int:
    """Run the ``openviper`` command and return its exit code.

    Args:
        args: The command line without the program's name; ``None``: this process's own.
    """
    try:
        # click is most of a start: a Ctrl-C that comes this early leaves no traceback either.
        from openviper.cli._main import main as run  # noqa: PLC0415
    except KeyboardInterrupt:
        return 130
    return run(args)
