"""What a ``SecurityMiddleware`` was told, by its arguments, else by the settings, else by the preset."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from openviper._settings.middleware import SecuritySettings
from openviper.conf import ImproperlyConfigured, section, settings
from openviper.core.imports import closest
from openviper.middleware._hosts import HostPatterns
from openviper.middleware._presets import PRESETS

__all__ = ["Option", "SecurityOptions"]

#: The setting of each argument.
_SETTINGS = {
    "preset": "SECURITY_PRESET",
    "ssl_redirect": "SECURE_SSL_REDIRECT",
    "hsts_seconds": "SECURE_HSTS_SECONDS",
    "hsts_include_subdomains": "SECURE_HSTS_INCLUDE_SUBDOMAINS",
    "hsts_preload": "SECURE_HSTS_PRELOAD",
    "content_type_nosniff": "SECURE_CONTENT_TYPE_NOSNIFF",
    "frame_options": "X_FRAME_OPTIONS",
    "referrer_policy": "SECURE_REFERRER_POLICY",
    "cross_origin_opener_policy": "SECURE_CROSS_ORIGIN_OPENER_POLICY",
    "cross_origin_embedder_policy": "SECURE_CROSS_ORIGIN_EMBEDDER_POLICY",
    "cross_origin_resource_policy": "SECURE_CROSS_ORIGIN_RESOURCE_POLICY",
    "permissions_policy": "SECURE_PERMISSIONS_POLICY",
    "csp": "SECURE_CSP",
    "csp_report_only": "SECURE_CSP_REPORT_ONLY",
}

#: Our hosts while DEBUG is on and ALLOWED_HOSTS empty; all names below localhost are local ones (RFC 6761, 6.3).
_DEBUG_HOSTS = (".localhost", "127.0.0.1", "[::1]")


class Option(NamedTuple):
    """A value, and what to call it in an error sentence."""

    value: Any
    place: str

    def refuse(self, expected: str) -> ImproperlyConfigured:
        """Return the error that says what would be accepted."""
        return ImproperlyConfigured(f"{self.place}={self.value!r}; expected {expected}")

    def flag(self) -> bool:
        """Return the value, which has to be a bool.

        Raises:
            ImproperlyConfigured: It is none.
        """
        if not isinstance(self.value, bool):
            raise self.refuse("True or False")
        return self.value


class SecurityOptions:
    """The arguments of a ``SecurityMiddleware``, completed.

    Args:
        arguments: By name; ``None``: as the setting has it.

    Raises:
        ImproperlyConfigured: There is no such preset.
    """

    def __init__(self, arguments: Mapping[str, Any]) -> None:
        self._arguments = arguments
        self._section = section(SecuritySettings)
        preset = self["preset"]
        if not isinstance(preset.value, str) or preset.value not in PRESETS:
            raise preset.refuse(f"one of {', '.join(map(repr, PRESETS))}{closest(str(preset.value), PRESETS)}")
        #: What is said where neither argument nor setting says anything.
        self.preset = PRESETS[preset.value]

    def __getitem__(self, name: str) -> Option:
        """Return what was said by argument or setting; the value is ``None`` where neither says anything."""
        given = self._arguments.get(name)
        if given is not None:
            return Option(given, name)
        setting = _SETTINGS[name]
        return Option(getattr(self._section, setting), setting)

    def completed(self, name: str) -> Option:
        """Return the same, with the preset's value in place of ``None``."""
        option = self[name]
        return option if option.value is not None else Option(getattr(self.preset, name), option.place)

    def hosts(self) -> tuple[HostPatterns, bool]:
        """Return the allowed hosts, and whether they are those of a developer's own machine.

        Raises:
            ImproperlyConfigured: There are none, or one is no pattern.
        """
        given = self._arguments.get("allowed_hosts")
        option = Option(settings.ALLOWED_HOSTS, "ALLOWED_HOSTS") if given is None else Option(given, "allowed_hosts")
        if option.value:
            return HostPatterns(option.value, option.place), False
        if given is None and settings.DEBUG:
            return HostPatterns(_DEBUG_HOSTS, "hosts"), True
        debug = " and DEBUG is off" if given is None else ""
        raise ImproperlyConfigured(
            f"{option.place}={option.value!r} has no host{debug}, so every request would be refused; "
            f"name those that the site is reached by: {option.place} = ('example.org', '.example.net')"
        )
