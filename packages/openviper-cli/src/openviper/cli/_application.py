"""Loading the ASGI application that is served."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from openviper.cli.errors import CommandLineError
from openviper.core.imports import closest

__all__ = ["load_application"]


def load_application(application: str) -> Any:
    """Import ``"module:attribute"``, as :func:`openviper.core.applications.parse_application` returns it.

    Raises:
        CommandLineError: The module has no such attribute. What a module raises while it is imported passes through.
    """
    module_name, _, attribute = application.partition(":")
    found: Any = import_module(module_name)
    for name in attribute.split("."):
        if not hasattr(found, name):
            raise CommandLineError(
                f"{application!r} is not an application: {module_name} has no {attribute!r}{closest(name, dir(found))}"
            )
        found = getattr(found, name)
    return found
