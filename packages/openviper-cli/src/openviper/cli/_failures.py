"""What a command raises, as the one line that is shown of it; the rest is a bug, and keeps its traceback."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from openviper.cli._foreign_code import ends_command, exit_sentence
from openviper.cli._streams import is_of_output, reader_has_gone
from openviper.cli.errors import CommandLineError
from openviper.core.errors import OpenViperError

if TYPE_CHECKING:
    from types import FrameType

__all__ = ["failure_of", "imported_by"]


def failure_of(error: BaseException) -> OpenViperError | None:
    """Return what is shown of an error as one line; ``None``: it is not for this module to say.

    That is a command's own ``sys.exit()`` or usage error, an output that nobody reads any more or that cannot be
    written, and what the system refused to a module while it was being imported, which is a bug of its author's.
    """
    if isinstance(error, OpenViperError):
        return error
    module = imported_by(error)
    if ends_command(error):
        # Obeyed, sys.exit(0) in a settings module would be a success of whatever read it.
        who = module or ("the settings" if _is_of_settings(error) else None)
        return None if who is None else CommandLineError(exit_sentence(who, error))
    if module is not None or not isinstance(error, OSError) or _is_of_output(error):
        return None
    return CommandLineError(f"{_reason(error)} (--traceback shows where)")


def imported_by(error: BaseException) -> str | None:
    """Return the module whose import raised ``error``: the innermost that was being imported, else ``None``."""
    module = None
    tb = error.__traceback__
    while tb is not None:
        if _is_import(tb.tb_frame):
            module = str(tb.tb_frame.f_globals["__name__"])
        tb = tb.tb_next
    return module


def _is_of_settings(error: BaseException) -> bool:
    """Tell whether settings raised it while they were made: in ``__post_init__``, or a property."""
    tb = error.__traceback__
    while tb is not None:
        name = str(tb.tb_frame.f_globals.get("__name__"))
        # A function that override_settings() decorates is called by that.
        if name.startswith("openviper.conf.") and name != "openviper.conf._override":
            return True
        tb = tb.tb_next
    return False


def _is_import(frame: FrameType) -> bool:
    # Code that is run by exec(), as a console does, has no __spec__.
    known = frame.f_globals.get("__spec__")
    return frame.f_code.co_name == "<module>" and known is not None and frame.f_globals.get("__name__") != "__main__"


def _is_of_output(error: OSError) -> bool:
    return (error.errno == errno.EPIPE and reader_has_gone()) or is_of_output(error)


def _reason(error: OSError) -> str:
    names = [repr(each) for each in (error.filename, error.filename2) if each is not None]
    return ": ".join(filter(None, [error.strerror or str(error) or type(error).__name__, " -> ".join(names)]))
