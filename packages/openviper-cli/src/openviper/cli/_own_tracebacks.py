"""Tracebacks that begin in the code that a command runs, not in the command line's."""

from __future__ import annotations

from functools import partial

from openviper.core import tracebacks

__all__ = ["own_frames", "own_traceback"]

# What calls the code of commands, applications and a console.
_RUNNERS = frozenset(
    {"click.core", "click.decorators", "click.types", "openviper.cli", "openviper.cli.commands", "uvicorn.config"}
)
# What the command line calls for itself.
_LIBRARIES = frozenset({"IPython", "click", "jinja2", "packaging", "uvicorn", "watchfiles"})

own_frames = partial(tracebacks.own_frames, runners=_RUNNERS, libraries=_LIBRARIES)
own_traceback = partial(tracebacks.own_traceback, runners=_RUNNERS, libraries=_LIBRARIES)
