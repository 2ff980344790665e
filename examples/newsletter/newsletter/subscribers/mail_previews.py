"""The mails to subscribers, as the inbox of debug mode shows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from newsletter.mail import site_url
from newsletter.subscribers.welcoming import TEMPLATE, welcome_context
from openviper.core.email.previews import Preview

__all__ = ["PREVIEWS"]


def _sample() -> Mapping[str, Any]:
    return welcome_context("ada@example.org", site_url("/unsubscribe/a-sample"))


PREVIEWS = (Preview(TEMPLATE, "You are on the list", _sample, name="welcome"),)
