"""Routes, routers and path templates."""

from __future__ import annotations

from ._route import Match, Route
from ._router import Router
from ._table import NoRouteFound

__all__ = ["Match", "NoRouteFound", "Route", "Router"]
