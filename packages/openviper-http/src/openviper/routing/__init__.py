"""Routes, routers and path templates."""

from __future__ import annotations

from ._handler import call_function, handler_name
from ._mount import path_of
from ._pattern import quote_path
from ._route import WEBSOCKET, Match, Route
from ._router import Router
from ._table import RouteTable
from .errors import NoRouteFound

__all__ = [
    "WEBSOCKET",
    "Match",
    "NoRouteFound",
    "Route",
    "RouteTable",
    "Router",
    "call_function",
    "handler_name",
    "path_of",
    "quote_path",
]
