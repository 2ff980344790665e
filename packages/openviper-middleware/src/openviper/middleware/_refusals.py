"""What the log keeps of a request that was refused: nobody but a developer who asks for it sees it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from openviper.core.error_pages import request_line

if TYPE_CHECKING:
    from openviper.core.types import Scope

__all__ = ["log_refusal"]


def log_refusal(logger: logging.Logger, scope: Scope, reason: str, *arguments: object) -> None:
    """Log at the level DEBUG that ``scope`` was refused: method, path without query, reason.

    Args:
        logger: ``openviper.middleware.`` and the module of the middleware.
        scope: Of the request or handshake.
        reason: With places for ``arguments`` (printf-style). What a client sent goes into one that is shortened and
            escapes control characters: ``%.200r``.
        arguments: What stands in the places.
    """
    if logger.isEnabledFor(logging.DEBUG):
        logger.debug("refused %.300s: %s", request_line(scope), reason % arguments, stacklevel=2)
