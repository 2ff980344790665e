"""The mails with issues, as the inbox of debug mode shows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from newsletter.errors import NewsletterError
from newsletter.issues.mailing import TEMPLATE, issue_context
from newsletter.issues.storage import latest_issues
from newsletter.mail import site_url
from openviper.core.email.previews import Preview

__all__ = ["PREVIEWS"]


async def _latest() -> Mapping[str, Any]:
    found = await latest_issues(1)
    if not found:
        raise NewsletterError("nothing has been published yet")
    return issue_context(found[0], site_url("/unsubscribe/a-sample"))


PREVIEWS = (Preview(TEMPLATE, "The latest issue", _latest, name="letter"),)
