"""What all mail of this newsletter has in common."""

from __future__ import annotations

from typing import Any

from newsletter.sections import NewsletterSettings
from openviper.conf import section

__all__ = ["list_unsubscribe", "mail_context", "site_url"]


def site_url(path: str) -> str:
    """Return where a page of the site is for whoever reads it in a mail; ``path`` begins with a slash."""
    return section(NewsletterSettings).NEWSLETTER_URL.rstrip("/") + path


def mail_context(unsubscribe_url: str, **variables: Any) -> dict[str, Any]:
    """Return the variables of a mail's template, with those that the layout needs."""
    site = section(NewsletterSettings)
    return {"site": site, "home_url": site_url("/"), "unsubscribe_url": unsubscribe_url, **variables}


def list_unsubscribe(url: str) -> str | None:
    """Return what stands in ``List-Unsubscribe``; ``None``: nothing, for mail programs take https alone (RFC 8058)."""
    return url if url.startswith("https:") else None
