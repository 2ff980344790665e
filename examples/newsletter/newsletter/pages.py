"""Making a page of this site from a template."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from newsletter.sections import NewsletterSettings
from openviper.conf import section
from openviper.http import Request, TemplateResponse

__all__ = ["page", "wants_html"]


def page(
    template: str, context: Mapping[str, Any] | None = None, status: int = 200, headers: Mapping[str, str] | None = None
) -> TemplateResponse:
    """Render ``template`` with ``context`` and ``site``, the newsletter's own settings."""
    return TemplateResponse(template, {"site": section(NewsletterSettings), **(context or {})}, status, headers)


def wants_html(request: Request) -> bool:
    """Tell a browser from a program that asks for JSON, or says nothing."""
    return "text/html" in request.headers.get("accept", "")
