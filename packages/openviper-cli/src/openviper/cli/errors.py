"""The errors of the command line; each is shown as one line on stderr, with exit code 1.

::

    OpenViperError
    └── CommandLineError (ValueError)    what was asked for cannot be done
        └── ProjectError                 the project cannot be found, or more than one could be meant
"""

from __future__ import annotations

from openviper.core.errors import OpenViperError

__all__ = ["CommandLineError", "ProjectError"]


class CommandLineError(OpenViperError, ValueError):
    """A command cannot do what it was asked for."""


class ProjectError(CommandLineError):
    """The project cannot be found, or more than one could be meant."""
