"""Where an error was raised, as a reader opens it: ``file:line``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

__all__ = ["failing_line", "is_of_settings"]


def failing_line(error: BaseException, is_own: Callable[[FrameType], bool] | None = None) -> str:
    """Return ``file:line`` of the innermost frame that ``is_own`` accepts, else of the innermost, else ``""``.

    Of a syntax error it is the line that does not parse. The import machinery's own frames do not count: the line that
    names a missing module helps more.
    """
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}"
    own = innermost = ""
    tb = error.__traceback__
    while tb is not None:
        file = tb.tb_frame.f_code.co_filename
        if not file.startswith("<frozen "):
            innermost = f"{file}:{tb.tb_lineno}"
            own = innermost if is_own is not None and is_own(tb.tb_frame) else own
        tb = tb.tb_next
    return own or innermost


def is_of_settings(error: BaseException) -> bool:
    """Tell whether settings raised it while they were read or made: in ``__post_init__``, or a property."""
    tb = error.__traceback__
    while tb is not None:
        name = str(tb.tb_frame.f_globals.get("__name__"))
        # A function that override_settings() decorates is called by that.
        if name.startswith("openviper.conf.") and name != "openviper.conf._override":
            return True
        tb = tb.tb_next
    return False
