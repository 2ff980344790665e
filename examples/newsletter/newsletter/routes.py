"""The start page, the list of what the API has, and the pages for what goes wrong."""

from __future__ import annotations

import logging

from newsletter.errors import StorageError
from newsletter.issues.storage import latest_issues
from newsletter.pages import page, wants_html
from newsletter.subscribers.forms import SignUp
from openviper.http import HTTPException, JSONResponse, Request, Response
from openviper.routing import Router

__all__ = ["not_found", "router", "unavailable"]

logger = logging.getLogger("newsletter")

router = Router()


@router.get("/", name="home")
async def home() -> Response:
    """The sign-up and the three latest issues."""
    return page("newsletter/home.html", {"issues": await latest_issues(3), "form": SignUp()})


@router.get("/api", name="api")
async def api(request: Request) -> dict[str, str]:
    """Where everything is."""
    return {
        "issues": str(request.url_for("issues:api_list")),
        "issue": str(request.url_for("issues:api_list")) + "/{number}",
        "subscribers": str(request.url_for("subscribers:api_count")),
        "pulse": str(request.url_for("pulse:api")),
    }


async def not_found(request: Request, error: HTTPException) -> Response:
    """The site's own page for 404; JSON for programs."""
    if wants_html(request):
        return page("newsletter/not_found.html", status=404)
    return JSONResponse({"detail": error.detail}, 404)


async def unavailable(request: Request, error: StorageError) -> Response:
    """503 while the database cannot be used: the reason goes to the log, not to visitors."""
    logger.error("%s %s: %s", request.method, request.url.path, error)
    headers = {"Retry-After": "10"}
    if wants_html(request):
        return page("newsletter/unavailable.html", status=503, headers=headers)
    return JSONResponse({"detail": "The archive cannot be read at the moment; try again soon"}, 503, headers)
