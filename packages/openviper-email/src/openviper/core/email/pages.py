"""The page that this distribution offers to a running application; data only."""

from __future__ import annotations

from openviper.core.pages import Page

__all__ = ["INBOX"]

INBOX = Page("/__mail__", "openviper.core.email.inbox:inbox", "Captured mail")
