"""What a CORS configuration says, and what it may not say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from openviper._settings.middleware import CORSSettings
from openviper.conf import ImproperlyConfigured, section
from openviper.middleware._cors_lists import ANY, checked_headers, checked_methods, checked_strings, sequence
from openviper.middleware._origin_patterns import OriginPatterns

__all__ = ["Policy", "read_policy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A configuration that was checked; ``*`` in a list stands for anything."""

    origins: OriginPatterns
    methods: tuple[str, ...]
    headers: tuple[str, ...]
    exposed_headers: tuple[str, ...]
    allow_credentials: bool
    allow_private_network: bool
    max_age: int


def read_policy(arguments: Mapping[str, Any]) -> Policy:
    """Return the policy of ``arguments``, and of the settings where one of them is ``None``.

    Raises:
        ImproperlyConfigured: A value is not of its form, or does not go together with another.
    """
    options = _Options(arguments)
    origins, origins_place = options.read("allowed_origins")
    regexes, regexes_place = options.read("allowed_origin_regexes")
    places = (origins_place, regexes_place)
    policy = Policy(
        origins=OriginPatterns(checked_strings(origins, origins_place), sequence(regexes, regexes_place), places),
        methods=checked_methods(*options.read("allowed_methods")),
        headers=checked_headers(*options.read("allowed_headers")),
        exposed_headers=checked_headers(*options.read("exposed_headers")),
        allow_credentials=_checked_flag(*options.read("allow_credentials")),
        allow_private_network=_checked_flag(*options.read("allow_private_network")),
        max_age=_checked_seconds(*options.read("max_age")),
    )
    if policy.allow_credentials:
        _check_credentials(policy, options)
    return policy


class _Options:
    """The arguments of a middleware, and behind them its settings."""

    def __init__(self, arguments: Mapping[str, Any]) -> None:
        self._arguments = arguments

    def read(self, name: str) -> tuple[Any, str]:
        """Return a value, and the name under which it was given."""
        if self._arguments[name] is not None:
            return self._arguments[name], name
        return getattr(section(CORSSettings), self.place(name)), self.place(name)

    def place(self, name: str) -> str:
        """Return the name under which ``name`` was given."""
        return name if self._arguments[name] is not None else f"CORS_{name.upper()}"


def _checked_flag(value: Any, place: str) -> bool:
    # "false" is true.
    if not isinstance(value, bool):
        raise ImproperlyConfigured(f"{place}={value!r} is {type(value).__name__}; expected True or False")
    return value


def _checked_seconds(value: Any, place: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ImproperlyConfigured(f"{place}={value!r} is {type(value).__name__}; expected seconds, as an int")
    if value < 0:
        raise ImproperlyConfigured(f"{place}={value!r} is negative; expected seconds, 0 for an answer that is not kept")
    return value


def _check_credentials(policy: Policy, options: _Options) -> None:
    """Refuse what would show every site the data of a user who is logged in here, or what browsers refuse."""
    lists = {
        "allowed_origins": (ANY,) if policy.origins.any else (),
        "allowed_methods": policy.methods,
        "allowed_headers": policy.headers,
        "exposed_headers": policy.exposed_headers,
    }
    credentials = f"{options.place('allow_credentials')}=True cannot be combined with"
    for name, values in lists.items():
        if ANY in values:
            raise ImproperlyConfigured(f"{credentials} '*' in {options.place(name)}; list what is allowed")
    if b"null" in policy.origins.exact:
        place = options.place("allowed_origins")
        raise ImproperlyConfigured(f"{credentials} 'null' in {place}: every site can send it from a sandboxed frame")
    regex = policy.origins.first_for_strangers()
    if regex is not None:
        place = options.place("allowed_origin_regexes")
        raise ImproperlyConfigured(f"{credentials} {regex!r} in {place}, which matches every site; name the hosts")
