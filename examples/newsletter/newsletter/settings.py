"""The settings of the site: safe in production as they stand; the demo turns debug mode on by the environment."""

from __future__ import annotations

from dataclasses import field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from newsletter.sections import NewsletterSettings
from openviper.conf import BaseSettings
from pulse.sections import PulseSettings

__all__ = ["Settings"]

HERE = Path(__file__).resolve().parent


class Settings(PulseSettings, NewsletterSettings, BaseSettings):
    """Each is overridden by a variable ``OPENVIPER_<NAME>``.

    The two sections are taken in as bases, so that their names are known here: checked, completed by an editor, and no
    "unknown variable" when the environment sets one.
    """

    # The two features require "newsletter", which opens the database: it becomes ready before them, wherever it stands.
    # Mail drains when the site stops: after what sends it has, and so it stands here too.
    INSTALLED_APPS = ("pulse", "newsletter.subscribers", "newsletter.issues", "newsletter", "openviper.core.email")
    # The first is the outermost: what refuses a request comes before what counts pages.
    MIDDLEWARE = (
        "openviper.middleware.requestid.RequestIdMiddleware",
        "openviper.middleware.proxy.ProxyHeadersMiddleware",
        "openviper.middleware.security.SecurityMiddleware",
        "openviper.middleware.cors.CORSMiddleware",
        "openviper.middleware.csrf.CSRFMiddleware",
        "openviper.middleware.ratelimit.RateLimitMiddleware",
        "pulse.middleware.PulseMiddleware",
    )
    ALLOWED_HOSTS = ("localhost", "127.0.0.1", "[::1]")
    # The web server in front, on this machine, says who the client is.
    TRUSTED_PROXIES = ("127.0.0.1", "::1")
    # Scripts of CORS_ALLOWED_ORIGINS may read the API, and nothing else; there are none until somebody names them.
    CORS_ALLOWED_METHODS = ("GET", "HEAD")
    # Old browsers and programs, which do not say where a form is from, need the form's token.
    CSRF_MODE = "token"
    # Looked through before the apps' own, so a file here replaces a plugin's of the same name.
    TEMPLATES_DIR = HERE / "templates"
    # What `viperctl.py collectstatic` copies there, the web server in front hands out as /static/.
    STATIC_ROOT = HERE.parent / "var" / "static"
    HEALTH_PAGES: bool = True

    # The mail server on this machine, unless EMAIL_HOST says otherwise; the demo writes files instead.
    EMAIL_BACKEND = "smtp"
    DEFAULT_FROM_EMAIL = "The Long Loop <letters@newsletter.example>"

    # Beside this package, and ignored by git. The demo takes a temporary folder in its place.
    NEWSLETTER_DATABASE: Path = HERE.parent / "var" / "newsletter.sqlite3"
    # Where ``viperctl.py start-server`` serves.
    NEWSLETTER_URL: str = "http://localhost:8000"

    # What backup-db and restore-db are about; it follows from the file's place.
    DATABASES: dict[str, dict[str, Any]] = field(init=False)

    def __post_init__(self) -> None:
        url = f"sqlite:///{quote(str(self.NEWSLETTER_DATABASE))}"
        object.__setattr__(self, "DATABASES", {"default": {"OPTIONS": {"URL": url}}})
