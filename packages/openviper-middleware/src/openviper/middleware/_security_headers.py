"""The values of the security headers, checked once: a browser ignores what it does not understand, and says nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from openviper.conf import ImproperlyConfigured
from openviper.core.imports import closest
from openviper.middleware._csp import CSPHeader, read_csp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openviper.middleware._options import Option
    from openviper.middleware._security_options import SecurityOptions

__all__ = ["csp_policies", "fixed_headers", "hsts"]

# Referrer Policy, 3 (W3C).
_REFERRER_POLICIES = (
    "no-referrer",
    "no-referrer-when-downgrade",
    "same-origin",
    "origin",
    "strict-origin",
    "origin-when-cross-origin",
    "strict-origin-when-cross-origin",
    "unsafe-url",
)

#: Of arguments whose header is one of a few words (HTML Standard, 7.1.3, 7.1.4 and 7.1.6; Fetch Standard, 3.7).
_WORDS = {
    "frame_options": (b"x-frame-options", ("DENY", "SAMEORIGIN")),
    "cross_origin_opener_policy": (
        b"cross-origin-opener-policy",
        ("same-origin", "same-origin-allow-popups", "noopener-allow-popups", "unsafe-none"),
    ),
    "cross_origin_embedder_policy": (
        b"cross-origin-embedder-policy",
        ("require-corp", "credentialless", "unsafe-none"),
    ),
    "cross_origin_resource_policy": (
        b"cross-origin-resource-policy",
        ("same-origin", "same-site", "cross-origin"),
    ),
}

# feature=*, feature=self, feature=(), feature=(self "https://example.org"), feature=();report-to=name (RFC 9651, 3.2).
_ITEM = r'(?:\*|self|src|"[!#-\[\]-~]+")'
_FEATURE = re.compile(rf" *[a-z][a-z0-9-]*=(?:{_ITEM}|\( *(?:{_ITEM}(?: +{_ITEM})*)? *\))(?:;report-to=[a-z0-9_-]+)? *")

# What hstspreload.org asks of sites before it takes them.
_PRELOAD_SECONDS = 31_536_000


def fixed_headers(options: SecurityOptions) -> Iterator[tuple[bytes, bytes]]:
    """Yield the headers that are the same over TLS and without.

    Raises:
        ImproperlyConfigured: A value is none that browsers know.
    """
    if options.completed("content_type_nosniff").flag():
        yield b"x-content-type-options", b"nosniff"
    for name, (header, words) in _WORDS.items():
        option = options.completed(name)
        if option.value != "":
            yield header, option.one_of(words, ", or '' for none").encode("ascii")
    referrer = options.completed("referrer_policy")
    if referrer.value != "":
        yield b"referrer-policy", _referrer_policy(referrer)
    permissions = options.completed("permissions_policy")
    if permissions.value != "":
        yield b"permissions-policy", _permissions_policy(permissions)


def csp_policies(options: SecurityOptions) -> list[CSPHeader]:
    """Return the policies that are enforced and reported, those there are.

    Raises:
        ImproperlyConfigured: One is not understood.
    """
    enforced, reported = options["csp"], options["csp_report_only"]
    policies: list[tuple[bytes, dict[str, list[str]]]] = []
    if enforced.value is None:
        policies.append((b"content-security-policy", _preset_policy(options)))
    elif enforced.value:
        policies.append((b"content-security-policy", read_csp(*enforced)))
    if reported.value:
        policies.append((b"content-security-policy-report-only", read_csp(*reported)))
    return [CSPHeader(header, directives) for header, directives in policies if directives]


def hsts(options: SecurityOptions, *, local: bool) -> Iterator[tuple[bytes, bytes]]:
    """Yield Strict-Transport-Security (RFC 6797, 6.1), unless it is turned off.

    Args:
        options: Those of the middleware.
        local: Whether the hosts are those of a developer's machine. The preset's year would keep a browser from every
            other project on ``localhost``.

    Raises:
        ImproperlyConfigured: The seconds are no number of seconds, or browsers would not preload the site.
    """
    seconds, subdomains, preload = (
        options["hsts_seconds"] if local else options.completed("hsts_seconds"),
        options.completed("hsts_include_subdomains"),
        options.completed("hsts_preload"),
    )
    if seconds.value is None:
        return
    value = seconds.whole("seconds, as an int, such as 31536000 for a year; 0 for no header")
    parts = [f"max-age={value}"]
    if subdomains.flag():
        parts.append("includeSubDomains")
    if preload.flag():
        parts.append("preload")
        if value:
            _check_preload(preload, seconds, subdomains)
    if value:
        yield b"strict-transport-security", "; ".join(parts).encode("ascii")


def _referrer_policy(option: Option) -> bytes:
    names = option.value.split(",") if isinstance(option.value, str) else [""]
    for name in names:
        if name.strip(" ") not in _REFERRER_POLICIES:
            raise option.refused(
                f"some of {', '.join(_REFERRER_POLICIES)}, with commas between them, or '' for none"
                f"{closest(name, _REFERRER_POLICIES)}"
            )
    return _encoded(option)


def _permissions_policy(option: Option) -> bytes:
    features = option.value.split(",") if isinstance(option.value, str) else [""]
    if not all(map(_FEATURE.fullmatch, features)):
        raise option.refused("features such as 'camera=(), geolocation=(self \"https://maps.example.org\")', or ''")
    return _encoded(option)


def _encoded(option: Option) -> bytes:
    value: str = option.value
    return value.encode("ascii")


def _preset_policy(options: SecurityOptions) -> dict[str, list[str]]:
    """Return the preset's policy; browsers prefer its ``frame-ancestors`` to X-Frame-Options, so they have to agree."""
    policy = options.preset.csp
    if policy is None:
        return {}
    directives = {name: list(sources) for name, sources in policy.items()}
    frames = options.completed("frame_options").value
    if frames:
        directives["frame-ancestors"] = ["'self'" if frames == "SAMEORIGIN" else "'none'"]
    return directives


def _check_preload(preload: Option, seconds: Option, subdomains: Option) -> None:
    needed = [f"{seconds.place} of {_PRELOAD_SECONDS} or more"] if seconds.value < _PRELOAD_SECONDS else []
    needed += [] if subdomains.value else [f"{subdomains.place}=True"]
    if needed:
        raise ImproperlyConfigured(
            f"{preload} cannot be combined with {seconds} and {subdomains}: hstspreload.org takes no such site; "
            f"expected {' and '.join(needed)}, or {preload.place}=False"
        )
