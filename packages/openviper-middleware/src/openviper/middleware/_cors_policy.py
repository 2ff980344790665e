"""What a CORS configuration says, and what it may not say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from openviper._settings.middleware import CORSSettings
from openviper.conf import ImproperlyConfigured
from openviper.middleware._options import Option, Options
from openviper.middleware._origin_patterns import OriginPatterns

__all__ = ["ANY", "CORSPolicy", "read_cors_policy"]

ANY = "*"

# Fetch, 2.2.1: scripts cannot send the first ones, and browsers write the second ones in upper case.
_FORBIDDEN_METHODS = frozenset({"CONNECT", "TRACE", "TRACK"})
_KNOWN_METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY"})


@dataclass(frozen=True, slots=True, kw_only=True)
class CORSPolicy:
    """A configuration that was checked; ``*`` in a list stands for anything."""

    origins: OriginPatterns
    methods: tuple[str, ...]
    headers: tuple[str, ...]
    exposed_headers: tuple[str, ...]
    allow_credentials: bool
    allow_private_network: bool
    max_age: int


def read_cors_policy(arguments: Mapping[str, Any]) -> CORSPolicy:
    """Return the policy of ``arguments``, and of the settings where one of them is ``None``.

    Raises:
        ImproperlyConfigured: A value is not of its form, or does not go together with another.
    """
    options = Options(arguments, CORSSettings, "CORS_")
    policy = CORSPolicy(
        origins=OriginPatterns(options["allowed_origins"], options["allowed_origin_regexes"]),
        methods=_methods(options["allowed_methods"]),
        headers=_headers(options["allowed_headers"]),
        exposed_headers=_headers(options["exposed_headers"]),
        allow_credentials=options["allow_credentials"].flag(),
        allow_private_network=options["allow_private_network"].flag(),
        max_age=options["max_age"].whole("seconds, as an int; 0 for an answer that is not kept"),
    )
    if policy.allow_credentials:
        _check_credentials(policy, options)
    return policy


def _methods(option: Option) -> tuple[str, ...]:
    return tuple(option.each(_method))


def _method(item: Option) -> str:
    method = item.token("a method such as 'PUT', or '*'")
    upper = method.upper()
    if upper in _FORBIDDEN_METHODS:
        raise ImproperlyConfigured(f"{item} is a method that no browser lets scripts use")
    if upper in _KNOWN_METHODS and method != upper:
        raise ImproperlyConfigured(f"{item} is not in upper case; expected {upper!r}")
    return method


def _headers(option: Option) -> tuple[str, ...]:
    return tuple(option.each(lambda item: item.token("the name of a header such as 'X-Token', or '*'")))


def _check_credentials(policy: CORSPolicy, options: Options) -> None:
    """Refuse what would show every site the data of a user who is logged in here, or what browsers refuse."""
    lists = {
        "allowed_origins": (ANY,) if policy.origins.any else (),
        "allowed_methods": policy.methods,
        "allowed_headers": policy.headers,
        "exposed_headers": policy.exposed_headers,
    }
    credentials = f"{options['allow_credentials'].place}=True cannot be combined with"
    for name, values in lists.items():
        if ANY in values:
            raise ImproperlyConfigured(f"{credentials} '*' in {options[name].place}; list what is allowed")
    if b"null" in policy.origins.exact:
        place = options["allowed_origins"].place
        raise ImproperlyConfigured(f"{credentials} 'null' in {place}: every site can send it from a sandboxed frame")
    regex = policy.origins.first_for_strangers()
    if regex is not None:
        place = options["allowed_origin_regexes"].place
        raise ImproperlyConfigured(
            f"{credentials} {regex!r} in {place}, which matches sites of anybody; name the hosts"
        )
