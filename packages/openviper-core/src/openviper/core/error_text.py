"""What an error says of itself, even where it cannot say it."""

from __future__ import annotations

__all__ = ["error_line", "error_text", "exit_line"]


def error_text(error: BaseException) -> str:
    """Return ``str(error)``; where its own ``__str__`` fails, what that raised: the report must not fail with it."""
    try:
        return str(error)
    except Exception as broken:
        return f"its text cannot be shown: __str__ raised {type(broken).__name__}"


def error_line(error: BaseException) -> str:
    """Return ``"ValueError: what it says"``."""
    return f"{type(error).__name__}: {error_text(error)}"


def exit_line(what: str, error: SystemExit, place: str = "") -> str:
    """Return ``"what called sys.exit(0)place; expected ..."``: obeyed, it would look as if all was done."""
    code = "" if error.code is None else repr(error.code)
    return f"{what} called sys.exit({code}){place}; expected an exception where something is wrong"
