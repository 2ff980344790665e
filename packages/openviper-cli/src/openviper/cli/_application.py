"""Loading the ASGI application that is served."""

from __future__ import annotations

import inspect
import os
import sys
from importlib import import_module
from typing import Any

from openviper.cli.errors import CommandLineError
from openviper.core.imports import closest

__all__ = ["load_application"]

_STANDARD = os.path.join(os.path.dirname(getattr(os, "__file__", "")), "")  # noqa: PTH118, PTH120 - it is compared with other texts
_INSTALLED = tuple(f"{_STANDARD}{folder}{os.sep}" for folder in ("site-packages", "dist-packages"))


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
            near = closest(name, _applications(found))
            raise CommandLineError(f"{application!r} is not an application: {module_name} has no {attribute!r}{near}")
        found = getattr(found, name)
    found = found() if factory else found
    if problem := _problem(found):
        raise CommandLineError(f"{application!r} is no ASGI application: it is {problem}")
    return found


def _applications(holder: Any) -> list[str]:
    values: dict[str, Any] = getattr(holder, "__dict__", {})
    return [name for name, value in values.items() if not name.startswith("_") and _problem(value) is None]


def _problem(found: Any) -> str | None:
    """Say why ``found`` is plainly no application; what may be one, or make one, is left to the server."""
    if not callable(found):
        return f"{type(found).__name__}, not callable"
    if inspect.isclass(found):
        return None if _may_make_callable(found) else f"the class {found.__name__}, whose objects cannot be called"
    if _is_of_python(found):
        return f"{found.__name__}(), a function of Python's own"
    if not _takes_three_or_fewer(found):
        return f"{getattr(found, '__name__', type(found).__name__)}(), which cannot take scope, receive and send"
    return None


def _may_make_callable(cls: Any) -> bool:
    # A class may make something else, by itself or by its metaclass: it is a factory.
    makes_others = cls.__new__ is not object.__new__ and cls.__module__ != "builtins"
    classes = [*cls.__mro__, *(each for each in type(cls).__mro__ if each is not type)]
    return makes_others or any(name in vars(each) for each in classes for name in ("__call__", "__await__"))


def _is_of_python(found: Any) -> bool:
    # Behind its decorators: those of contextlib make functions too.
    inner = inspect.unwrap(found)
    if inspect.isbuiltin(inner):
        return str(inner.__module__).partition(".")[0] in sys.stdlib_module_names
    file = inner.__code__.co_filename if inspect.isfunction(inner) else ""
    return file.startswith(_STANDARD) and not file.startswith(_INSTALLED)


def _takes_three_or_fewer(found: Any) -> bool:
    try:
        signature = inspect.signature(found)
    except (TypeError, ValueError):
        return True
    return any(_binds(signature, count) for count in range(4))


def _binds(signature: inspect.Signature, count: int) -> bool:
    try:
        signature.bind(*[None] * count)
    except TypeError:
        return False
    return True
