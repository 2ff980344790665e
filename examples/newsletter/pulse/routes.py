"""The count as a page and as JSON."""

from __future__ import annotations

from typing import Any

from openviper.http import Response, TemplateResponse
from openviper.routing import Router
from pulse.apps import get_pulse

__all__ = ["router"]

router = Router()


@router.get("/pulse", name="page")
async def show() -> Response:
    """What is read, and how often."""
    return TemplateResponse("pulse/page.html", {"pulse": get_pulse()}, headers={"Cache-Control": "no-store"})


@router.get("/api/pulse", name="api")
async def api() -> dict[str, Any]:
    """The same for programs."""
    pulse = get_pulse()
    return {"pages": pulse.pages, "since": pulse.since, "routes": dict(pulse.by_route)}
