"""The application whose routes are listed, imported."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from importlib import import_module
from typing import Any

from openviper.core.errors import ImproperlyConfigured, OpenViperError
from openviper.core.imports import closest
from openviper.core.projects import search_folder
from openviper.core.terminal_text import harmless_line
from openviper.routing import Router, handler_name

__all__ = ["load_application"]


def load_application(application: str) -> Router:
    """Import the module and return its application; what it prints meanwhile goes to stderr.

    Raises:
        ImproperlyConfigured: The module raises, ``SystemExit`` too, or has no such attribute, or that is no application
            or router of OpenViper.
    """
    module, _, attribute = application.partition(":")
    found = _imported(module, application)
    for name in attribute.split("."):
        if not hasattr(found, name):
            near = closest(name, dir(found))
            raise ImproperlyConfigured(f"{application} is no application: {module} has no {attribute!r}{near}")
        found = getattr(found, name)
    if not isinstance(found, Router):
        raise ImproperlyConfigured(
            f"{application} is {handler_name(found)}, no openviper.app.OpenViper, so its routes are not known; "
            "name one that is: --app module:attribute"
        )
    return found


def _imported(module: str, application: str) -> Any:
    if search_folder() not in sys.path:
        sys.path.append(search_folder())
    try:
        with redirect_stdout(sys.stderr):
            return import_module(module)
    except OpenViperError:
        raise
    except (Exception, SystemExit) as error:
        raise ImproperlyConfigured(
            f"the routes of {application} cannot be listed: importing {module} raised {type(error).__name__}: "
            f"{harmless_line(str(error))}; --traceback shows where"
        ) from error
