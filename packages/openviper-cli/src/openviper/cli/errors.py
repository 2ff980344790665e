"""The errors of the command line; each is shown as one line on stderr, with exit code 1.

::

    OpenViperError
    └── CommandLineError (ValueError)    what was asked for cannot be done
        ├── ProjectError                 the project cannot be found, or more than one could be meant
        └── BrokenCommandError           a command's own module fails; its traceback is shown before the line
"""

from __future__ import annotations

from openviper.core.errors import OpenViperError

__all__ = ["BrokenCommandError", "CommandLineError", "ProjectError"]


class CommandLineError(OpenViperError, ValueError):
    """A command cannot do what it was asked for."""


class ProjectError(CommandLineError):
    """The project cannot be found, or more than one could be meant."""


class BrokenCommandError(CommandLineError):
    """A command's module fails while it is imported; what it raised is the cause."""
