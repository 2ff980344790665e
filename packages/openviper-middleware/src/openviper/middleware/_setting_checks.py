"""The checks of settings that can be used, and hardly mean what they say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import ip_network

from openviper._settings.middleware import CORSSettings, CSRFSettings
from openviper.core.checks import CheckMessage, Severity
from openviper.middleware._listed import Listed
from openviper.middleware._origins import InvalidOrigin, Origin, parse_origin

__all__ = ["check_csrf_origins", "check_proxies"]

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def check_proxies(entries: Sequence[Listed], trusted: tuple[str, ...], *, debug: bool) -> Iterator[CheckMessage]:
    """Report proxies that nothing reads, and, with ``debug`` off, a network of the whole internet."""
    if trusted and all(entry.kind != "proxy" for entry in entries):
        yield CheckMessage(
            "openviper.middleware.proxy_missing",
            Severity.WARNING,
            "TRUSTED_PROXIES is set, and nothing in settings.MIDDLEWARE reads it: every client has the proxy's address",
            hint="list 'openviper.middleware.proxy.ProxyHeadersMiddleware' before what needs to know the client",
        )
        return
    everybody = next((item for item in enumerate(trusted) if _is_everything(item[1])), None)
    if everybody and not debug:
        index, network = everybody
        yield CheckMessage(
            "openviper.middleware.proxy_anybody",
            Severity.WARNING,
            f"TRUSTED_PROXIES[{index}]={network!r} is every address, and DEBUG is off: whoever can reach the server "
            "says who the client is",
            hint="name the proxies' networks, such as '10.0.0.0/8', unless nothing but proxies can reach the server",
        )


def _is_everything(network: str) -> bool:
    try:
        return ip_network(network).prefixlen == 0
    except ValueError:
        # 'unix', or what the middleware refuses.
        return False


def check_csrf_origins(entries: Sequence[Listed], cors: CORSSettings, csrf: CSRFSettings) -> Iterator[CheckMessage]:
    """Report an origin whose scripts CORS lets change things, and CSRF protection does not.

    Patterns are left out, which CSRF_TRUSTED_ORIGINS cannot hold, and projects with CSRF_EXEMPT_PATHS: those may be
    what the scripts call.
    """
    own = {entry.kind for entry in entries if entry.own is not None}
    unsafe = next((method for method in cors.CORS_ALLOWED_METHODS if method not in _SAFE), None)
    if not {"cors", "csrf"} <= own or csrf.CSRF_EXEMPT_PATHS or unsafe is None:
        return
    trusted = set(map(_origin, csrf.CSRF_TRUSTED_ORIGINS))
    named = {text: _origin(text) for text in cors.CORS_ALLOWED_ORIGINS}
    refused = next((text for text, origin in named.items() if origin is not None and origin not in trusted), None)
    if refused is not None:
        yield CheckMessage(
            "openviper.middleware.csrf_refuses",
            Severity.INFO,
            f"CORS_ALLOWED_ORIGINS has {refused!r}, and CSRF_TRUSTED_ORIGINS does not: {unsafe} from there gets 403",
            hint="name it in both if its scripts are to do more than read",
        )


def _origin(text: str) -> Origin | None:
    try:
        return parse_origin(text)
    except InvalidOrigin:
        return None
