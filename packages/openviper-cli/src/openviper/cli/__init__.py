"""The ``openviper`` command."""

from __future__ import annotations

import gc

from openviper.cli.errors import CommandLineError, ProjectError

__all__ = ["CommandLineError", "ProjectError", "main"]


def main(args: list[str] | None = None) -> int:
    """Run the ``openviper`` command and return its exit code.

    Args:
        args: The command line without the program's name; ``None``: this process's own.
    """
    # A start keeps all that it makes: to look for garbage in it, until a command is found, is a twentieth of its time.
    is_collecting = gc.isenabled()
    gc.disable()
    try:
        # click is most of a start: a Ctrl-C that comes this early leaves no traceback either.
        from openviper.cli._main import main as run  # noqa: PLC0415

        return run(args)
    except KeyboardInterrupt:
        return 130
    finally:
        # The start of a command has enabled it.
        (gc.enable if is_collecting else gc.disable)()
