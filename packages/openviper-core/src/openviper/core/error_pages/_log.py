"""What the log keeps of a failed request."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from openviper.core.context import current_request_id
from openviper.core.error_pages._log_text import with_harmless_traceback

if TYPE_CHECKING:
    from openviper.core.types import Scope

__all__ = ["log_server_error", "printable", "request_id_of", "request_line"]

_logger = logging.getLogger("openviper.request")

# Exceptions cannot stand in a WeakSet (those without a dict of their own, or unhashable ones), but all carry a dict.
_MARK = "__openviper_logged_for__"
_LONGEST_PATH = 2_000


def log_server_error(scope: Scope, error: BaseException) -> None:
    """Log ``error`` with its traceback on ``openviper.request``, once while it passes out through one request.

    The record names method, path and request id, whatever a client put into them without control characters; its
    ``request`` attribute holds them as a dict (``id``, ``method``, ``path``). In the traceback, as Python's own
    formatter writes it, no text of an exception begins a line or holds control characters. An error object that a later
    request raises again, such as the exception of a shared future, is logged again.
    """
    # The one object that all copies of a request's scope have in common. An error's traceback holds the request anyway.
    request: Any = scope.get("headers", scope)
    if error.__dict__.get(_MARK) is request:
        return
    # Not by setattr: an exception may be a frozen dataclass.
    error.__dict__[_MARK] = request
    line, request_id = request_line(scope), request_id_of(scope)
    method, _, path = line.partition(" ")
    if _logger.isEnabledFor(logging.ERROR):
        suffix = f" (request id {request_id})" if request_id else ""
        extra: dict[str, Any] = {"request": {"id": request_id, "method": method, "path": path}}
        _log(error, (line, type(error).__qualname__, suffix), extra)


def _log(error: BaseException, args: tuple[str, str, str], extra: dict[str, Any]) -> None:
    # As Logger.error() does, but with a record whose traceback is harmless.
    file, number, function, _ = _logger.findCaller(stacklevel=2)
    raised = (type(error), error, error.__traceback__)
    record = _logger.makeRecord(
        _logger.name, logging.ERROR, file, number, "%s failed with %s%s", args, raised, function, extra
    )
    _logger.handle(with_harmless_traceback(record))


def request_line(scope: Scope) -> str:
    """Return ``"GET /path"``, without the query; a websocket's is ``"WEBSOCKET /path"``."""
    method = scope.get("method") or scope["type"].upper()
    path = scope.get("path", "")
    if len(path) > _LONGEST_PATH:
        path = f"{path[:_LONGEST_PATH]}... ({len(path)} characters)"
    return f"{printable(method)} {printable(path)}"


def request_id_of(scope: Scope) -> str | None:
    """Return the id of the request of this task, else the one in the scope's state."""
    state: dict[str, Any] = scope.get("state") or {}
    found = current_request_id.get() or state.get("request_id")
    return None if found is None else printable(str(found))


def printable(text: str) -> str:
    """Escape control characters, line separators and direction marks: a client must not write lines of the log."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text)
