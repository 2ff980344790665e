"""Whether something is a message that can be sent."""

from __future__ import annotations

from collections.abc import Coroutine

from openviper.core.email.errors import InvalidMessage
from openviper.core.email.message import EmailMessageData

__all__ = ["composed"]


def composed(given: object, place: str) -> EmailMessageData:
    """Return a message that was given.

    Args:
        given: What should be one.
        place: What it was given as, for the error.

    Raises:
        InvalidMessage: It is none.
    """
    if isinstance(given, EmailMessageData):
        return given
    kind, hint = type(given).__name__, ""
    if isinstance(given, Coroutine):
        # Nobody else will: Python would warn of it, too.
        given.close()
        hint = "; await it first"
    raise InvalidMessage(f"{place} is of type {kind}; expected what compose_email returns{hint}")
