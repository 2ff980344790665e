"""Loading the ASGI application that is served."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from openviper.cli.errors import CommandLineError
from openviper.core.imports import closest

__all__ = ["load_application"]


def load_application(application: str, *, factory: bool = False) -> Any:
    """Import ``"module:attribute"``, as :func:`openviper.core.applications.parse_application` returns it.

    Args:
        application: What is imported.
        factory: The application is what a call of the attribute returns.

    Raises:
        CommandLineError: The module has no such attribute, or it cannot be called. What a module or a factory raises
            passes through.
    """
    module_name, _, attribute = application.partition(":")
    found: Any = import_module(module_name)
    for name in attribute.split("."):
        if not hasattr(found, name):
            raise CommandLineError(
                f"{application!r} is not an application: {module_name} has no {attribute!r}{closest(name, dir(found))}"
            )
        found = getattr(found, name)
    found = found() if factory else found
    if not callable(found):
        raise CommandLineError(f"{application!r} is no ASGI application: it is {type(found).__name__}, not callable")
    return found
