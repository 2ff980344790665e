"""Which names are slips of the pen."""

from __future__ import annotations

import pytest

from openviper.conf._misspelt import slip_of

KNOWN = [
    "ALLOWED_HOSTS",
    "CORS_ALLOWED_ORIGINS",
    "CORS_ALLOWED_ORIGIN_REGEXES",
    "CORS_EXPOSED_HEADERS",
    "CORS_MAX_AGE",
    "CSRF_COOKIE_AGE",
    "CSRF_COOKIE_NAME",
    "DATABASES",
    "DEBUG",
    "INSTALLED_APPS",
    "MAX_BODY_BYTES",
    "MIDDLEWARE",
    "RATE_LIMITS",
    "RATE_LIMIT_KEY",
    "SECRET_KEY",
    "SECURE_CSP_REPORT_ONLY",
    "SECURE_SSL_REDIRECT",
    "SESSION_COOKIE_NAME",
    "SHUTDOWN_TIMEOUT",
    "STATIC_ROOT",
    "STATIC_URL",
    "STATICFILES_DIRS",
    "TEMPLATES_DIR",
    "TIME_ZONE",
]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("CORS_ALLOW_ORIGINS", "CORS_ALLOWED_ORIGINS"),
        ("CORS_ALLOWED_ORIGIN", "CORS_ALLOWED_ORIGINS"),
        ("CORS_ALLOW_ORIGIN_REGEX", "CORS_ALLOWED_ORIGIN_REGEXES"),
        ("CORS_EXPOSE_HEADERS", "CORS_EXPOSED_HEADERS"),
        ("SECURE_SSL_REDIRCT", "SECURE_SSL_REDIRECT"),
        ("RATE_LIMIT", "RATE_LIMITS"),
        ("RATELIMIT", "RATE_LIMITS"),
        ("DEBUGG", "DEBUG"),
        ("TIMEZONE", "TIME_ZONE"),
        ("SECRETKEY", "SECRET_KEY"),
        ("ALLOWED_HOST", "ALLOWED_HOSTS"),
        ("MIDDLEWARES", "MIDDLEWARE"),
        ("STATIC_FILES_DIRS", "STATICFILES_DIRS"),
        ("DATABASE", "DATABASES"),
    ],
)
def test_a_slip_of_the_pen(name, meant):
    """A letter, an ending, a missing underscore."""
    assert slip_of(name, KNOWN) == meant


@pytest.mark.parametrize(
    "name",
    [
        "PAGE_SIZE",
        "NEWSLETTER_DATABASE",
        "DATABASE_URL",
        "SESSION_COOKIE_AGE",
        "SESSION_COOKIE_SECURE",
        "CSRF_COOKIE_PATH",
        "API_KEY",
        "RATE_LIMIT_BURST",
        "MEDIA_URL",
        "MEDIA_ROOT",
        "STATIC_DIR",
        "TEMPLATES",
        "SECURE_CSP_REPORT_URI",
        "CORS_MAX_SIZE",
        "MAX_BODY_LINES",
        "REQUEST_TIMEOUT",
        "STRIPE_SECRET_KEY",
        "SITE_NAME",
        "LOG_LEVEL",
        "DEBUG_TOOLBAR",
        "CACHES",
        "PORT",
    ],
)
def test_a_name_of_the_project_s_own(name):
    """Words that others use too, in other company, or one word that is another."""
    assert slip_of(name, KNOWN) is None
