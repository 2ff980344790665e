"""What a ``SecurityMiddleware`` was told, by its arguments, else by the settings, else by the preset."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from openviper._settings.middleware import SecuritySettings
from openviper.conf import ImproperlyConfigured, settings
from openviper.core.local_hosts import is_local_host
from openviper.middleware._hosts import HostPatterns
from openviper.middleware._options import Option, Options
from openviper.middleware._presets import PRESETS

__all__ = ["SecurityOptions"]

#: Our hosts while DEBUG is on and ALLOWED_HOSTS empty; all names below localhost are local ones (RFC 6761, 6.3).
_DEBUG_HOSTS = Option((".localhost", "127.0.0.1", "[::1]"), "hosts")


class SecurityOptions:
    """The arguments of a ``SecurityMiddleware``, completed.

    Args:
        arguments: By name; ``None``: as the setting has it.

    Raises:
        ImproperlyConfigured: There is no such preset.
    """

    def __init__(self, arguments: Mapping[str, Any]) -> None:
        others = {"preset": "SECURITY_PRESET", "frame_options": "X_FRAME_OPTIONS"}
        self._options = Options(arguments, SecuritySettings, "SECURE_", others)
        #: What is said where neither argument nor setting says anything.
        self.preset = PRESETS[self["preset"].one_of(PRESETS)]

    def __getitem__(self, name: str) -> Option:
        """Return what was said by argument or setting; the value is ``None`` where neither says anything."""
        return self._options[name]

    def completed(self, name: str) -> Option:
        """Return the same, with the preset's value in place of ``None``."""
        option = self[name]
        return option if option.value is not None else Option(getattr(self.preset, name), option.place)

    def hosts(self) -> tuple[HostPatterns, bool]:
        """Return the allowed hosts, and whether all of them are this machine.

        Raises:
            ImproperlyConfigured: There are none, or one is no pattern.
        """
        option = self._options.project("allowed_hosts")
        if option.value:
            return HostPatterns(option), all(is_local_host(item.text()) for item in option.items())
        is_setting = option.place == "ALLOWED_HOSTS"
        if is_setting and settings.DEBUG:
            return HostPatterns(_DEBUG_HOSTS), True
        debug = " and DEBUG is off" if is_setting else ""
        raise ImproperlyConfigured(
            f"{option} has no host{debug}, so every request would be refused; "
            f"name those that the site is reached by: {option.place} = ('example.org', '.example.net')"
        )
