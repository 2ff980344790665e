"""The checks of installed apps: the module ``<app>.checks``, whose import registers them."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

from openviper.conf import settings
from openviper.core.errors import ImproperlyConfigured
from openviper.core.imports import locate

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["import_app_checks"]


def import_app_checks() -> Iterator[tuple[str, Exception]]:
    """Import ``<app>.checks`` of each entry of INSTALLED_APPS that has one; yield each that fails, with its error.

    An app without such a module is not imported. Nothing is yielded where the settings cannot be read, and of an app
    that fails by itself: the core's own checks say why.
    """
    try:
        apps = settings.INSTALLED_APPS
    except ImproperlyConfigured:
        return
    for name in dict.fromkeys(apps):
        module = f"{name}.checks"
        if locate(module) is None:
            continue
        try:
            import_module(module)
        except Exception as error:
            if name in sys.modules:
                yield f"{module} (of installed app {name!r})", error
