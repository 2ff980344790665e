"""The project's settings: a frozen dataclass, found and read when something first asks for one.

::

    from openviper.conf import BaseSettings, settings

    class Settings(BaseSettings):            # mysite/settings.py
        PAGE_SIZE: int = 20

    settings.PAGE_SIZE                       # anywhere else; OPENVIPER_PAGE_SIZE overrides it

Nothing is read or looked for by importing this package.
"""

from __future__ import annotations

from openviper.conf._base import BaseSettings
from openviper.conf._explain import Explanation, SettingsReport
from openviper.conf._lazy import LazySettings, check_settings, explain_settings, section, settings
from openviper.conf._override import override_settings
from openviper.conf._secret import Secret
from openviper.core.errors import ImproperlyConfigured

__all__ = [
    "BaseSettings",
    "Explanation",
    "ImproperlyConfigured",
    "LazySettings",
    "Secret",
    "SettingsReport",
    "check_settings",
    "explain_settings",
    "override_settings",
    "section",
    "settings",
]
