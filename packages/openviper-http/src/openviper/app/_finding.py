"""The application of the project: which it is, and the object itself."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from importlib import import_module
from pathlib import Path, PurePosixPath
from typing import Any

from openviper.core.errors import ImproperlyConfigured, OpenViperError
from openviper.core.imports import closest, locate
from openviper.core.projects import find_settings, has_module, search_folder
from openviper.core.terminal_text import harmless_line
from openviper.routing import Router, handler_name

__all__ = ["load_application", "parse_application", "project_application"]


def project_application() -> str:
    """Return ``"module:attribute"`` of what ``start-server`` serves.

    It is ``app`` in the project's ``app.py`` or ``asgi.py``, the package's before the root's.

    Raises:
        ImproperlyConfigured: There is none, or no project.
    """
    found = find_settings(search_folder())
    if found is None:
        raise ImproperlyConfigured("there is no project here; change to its folder or name it: --app mysite.app")
    settings = found.module.partition(":")[0]
    folder = next((root.path for root in found.roots if has_module(root.path, settings)), found.roots[0].path)
    package = settings.rpartition(".")[0]
    names = [f"{package}.app", f"{package}.asgi", "app", "asgi"] if package else ["app", "asgi"]
    for name in names:
        if Path(folder, *name.split(".")).with_suffix(".py").is_file():
            return f"{name}:app"
    places = ", ".join(f"{name.replace('.', '/')}.py" for name in names)
    raise ImproperlyConfigured(f"{folder} holds none of {places}; name the application: --app module:attribute")


def parse_application(text: str) -> str:
    """Return ``"module:attribute"`` for ``module``, ``module:attribute`` or ``app.py``.

    Raises:
        ValueError: It is none of these, or there is no such module.
    """
    module, _, attribute = text.partition(":")
    attribute = attribute or "app"
    if module.endswith(".py"):
        module = ".".join(PurePosixPath(module).with_suffix("").parts)
    if not all(part.isidentifier() for part in f"{module}.{attribute}".split(".")):
        raise ValueError(
            f"{text!r} is not an application; expected module, module:attribute or a .py file of this folder"
        )
    if locate(module) is None and locate(module, [search_folder()]) is None:
        raise ValueError(f"{text!r} is not an application: there is no module {module!r} here")
    return f"{module}:{attribute}"


def load_application(application: str) -> Router:
    """Import the module and return its application; what it prints meanwhile goes to stderr.

    Raises:
        ImproperlyConfigured: The module raises, ``SystemExit`` too, or has no such attribute, or that is no application
            or router of OpenViper.
    """
    module, _, attribute = application.partition(":")
    if search_folder() not in sys.path:
        sys.path.append(search_folder())
    try:
        with redirect_stdout(sys.stderr):
            found: Any = import_module(module)
    except OpenViperError:
        raise
    except (Exception, SystemExit) as error:
        raise ImproperlyConfigured(
            f"the routes of {application} cannot be listed: importing {module} raised {type(error).__name__}: "
            f"{harmless_line(str(error))}; --traceback shows where"
        ) from error
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
