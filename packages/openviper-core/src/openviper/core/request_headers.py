"""A request's headers by name, read once for all layers of a stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openviper.core.types import Scope

__all__ = ["forget_request_headers", "request_headers"]

_KEY = "openviper.request_headers"


def request_headers(scope: Scope) -> dict[bytes, bytes]:
    """Return the headers of an ``http`` or ``websocket`` scope by their names, in lower case as servers give them.

    A header that comes more than once has its values joined by ``", "`` (RFC 9110, 5.3), Cookie by ``"; "`` (RFC 9113,
    8.2.3): a second Host or Origin makes a value that is neither a host nor an origin.

    The table is kept in the scope and shared: it is not to be changed. It is made anew where ``scope["headers"]`` is
    another list, or has another length.
    """
    raw: list[tuple[bytes, bytes]] = scope["headers"]
    known: tuple[object, int, dict[bytes, bytes]] | None = scope.get(_KEY)
    if known is not None and known[0] is raw and known[1] == len(raw):
        return known[2]
    table = dict(raw)
    if len(table) != len(raw):
        table = _joined(raw)
    scope[_KEY] = (raw, len(raw), table)
    return table


def forget_request_headers(scope: Scope) -> None:
    """Say that ``scope["headers"]`` was changed in its place."""
    scope.pop(_KEY, None)


def _joined(raw: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    # Not value by value: each step would copy what is there, and a client may send 100,000 of them.
    lists: dict[bytes, list[bytes]] = {}
    for name, value in raw:
        lists.setdefault(name, []).append(value)
    return {name: (b"; " if name == b"cookie" else b", ").join(values) for name, values in lists.items()}
