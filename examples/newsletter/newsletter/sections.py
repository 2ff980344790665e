"""The newsletter's own settings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

__all__ = ["NewsletterSettings"]


@dataclass(frozen=True, kw_only=True)
class NewsletterSettings:
    """Read with ``section(NewsletterSettings)``; a variable ``OPENVIPER_<NAME>`` overrides each."""

    #: The SQLite file; made, with its folder, when the site starts.
    NEWSLETTER_DATABASE: Path
    #: How long a sign-up waits for another process that is writing.
    NEWSLETTER_PATIENCE: timedelta = timedelta(seconds=5)
    #: Where the site is for its readers, for the links in mails: ``https://newsletter.example``.
    NEWSLETTER_URL: str
    NEWSLETTER_TITLE: str = "The Long Loop"
    NEWSLETTER_TAGLINE: str = "A letter on async Python, small servers and programs that stop when they are told to."
