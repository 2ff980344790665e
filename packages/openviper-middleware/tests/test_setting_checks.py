"""What is said of settings that can be used, and hardly mean what they say."""

from __future__ import annotations

import pytest

from openviper.conf import override_settings
from openviper.core.checks import Severity
from openviper.middleware.checks import check_stack

PROXY = "openviper.middleware.proxy.ProxyHeadersMiddleware"
CORS = "openviper.middleware.cors.CORSMiddleware"
CSRF = "openviper.middleware.csrf.CSRFMiddleware"
APP = "https://app.example.org"


def found(*entries, **values):
    with override_settings(MIDDLEWARE=entries, **values):
        return list(check_stack())


@pytest.mark.parametrize("network", ["0.0.0.0/0", "::/0"])
def test_trust_in_every_address_is_told(network):
    """With DEBUG off, by its place."""
    (message,) = found(PROXY, TRUSTED_PROXIES=("10.0.0.0/8", network))
    assert (message.id, message.severity) == ("openviper.middleware.proxy_anybody", Severity.WARNING)
    assert message.message.startswith(f"TRUSTED_PROXIES[1]={network!r} is every address, and DEBUG is off: ")
    assert found(PROXY, TRUSTED_PROXIES=(network,), DEBUG=True) == []


def test_trust_in_some_addresses_is_right():
    """However many they are."""
    assert found(PROXY, TRUSTED_PROXIES=("10.0.0.0/8", "0.0.0.0/1", "::1", "unix")) == []


def test_an_origin_that_cors_allows_and_csrf_refuses_is_told():
    """It can read and not write, which may be meant."""
    (message,) = found(
        CORS, CSRF, CORS_ALLOWED_ORIGINS=("https://a.example", APP), CSRF_TRUSTED_ORIGINS=("https://A.example:443",)
    )
    assert (message.id, message.severity) == ("openviper.middleware.csrf_refuses", Severity.INFO)
    assert f"CORS_ALLOWED_ORIGINS has {APP!r}, and CSRF_TRUSTED_ORIGINS does not: POST" in message.message


@pytest.mark.parametrize(
    ("entries", "values"),
    [
        ((CORS, CSRF), {"CSRF_TRUSTED_ORIGINS": (APP,)}),
        ((CORS, CSRF), {"CORS_ALLOWED_METHODS": ("GET", "HEAD")}),
        ((CORS, CSRF), {"CORS_ALLOWED_ORIGINS": ("*",)}),
        ((CORS, CSRF), {"CORS_ALLOWED_ORIGINS": ("https://*.example.org",)}),
        ((CORS, CSRF), {"CORS_ALLOWED_ORIGINS": ()}),
        ((CORS, CSRF), {"CSRF_EXEMPT_PATHS": ("/api/*",)}),
        ((CORS,), {}),
        ((CSRF,), {}),
    ],
)
def test_origins_that_agree_are_not_told(entries, values):
    """Nor those that only read, those that cannot be named, and those that may call what is exempt."""
    assert found(*entries, **{"CORS_ALLOWED_ORIGINS": (APP,), **values}) == []
