"""Naming an ASGI application on the command line, and loading it."""

from __future__ import annotations

from importlib import import_module
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from openviper.cli.errors import CommandLineError
from openviper.core.app_resolver import AppResolver
from openviper.core.imports import closest

if TYPE_CHECKING:
    from openviper.cli._project import Project

__all__ = ["application_of", "load_application", "parse_application"]


def parse_application(target: str) -> str:
    """Return ``"module:attribute"`` for ``module``, ``module:attribute``, ``package.module:one.two`` or ``app.py``.

    Raises:
        CommandLineError: It is none of these, or there is no such module.
    """
    module, _, attribute = target.partition(":")
    attribute = attribute or "app"
    if module.endswith(".py"):
        module = ".".join(PurePath(module).with_suffix("").parts)
    if not all(part.isidentifier() for part in f"{module}.{attribute}".split(".")):
        raise CommandLineError(
            f"{target!r} is not an application; expected module, module:attribute or a .py file of this folder"
        )
    # Not imported here: with reloading on, a package that is broken now may be whole after the next change.
    if AppResolver(()).find(module) is None:
        raise CommandLineError(f"{target!r} is not an application: there is no module {module!r} here")
    return f"{module}:{attribute}"


def application_of(project: Project | None) -> str:
    """Return the application of a project: ``app`` in its ``app.py`` or ``asgi.py``, the package's before the root's.

    Raises:
        CommandLineError: There is none, or no project.
    """
    if project is None:
        raise CommandLineError("there is no project here; change to its folder or name the application: mysite.app")
    packages = [project.package, None] if project.package else [None]
    names = [f"{package}.{name}" if package else name for package in packages for name in ("app", "asgi")]
    for name in names:
        if project.import_root.joinpath(*name.split(".")).with_suffix(".py").is_file():
            return f"{name}:app"
    places = ", ".join(f"{name.replace('.', '/')}.py" for name in names)
    raise CommandLineError(f"{project.import_root} holds none of {places}; name the application: module:attribute")


def load_application(application: str) -> Any:
    """Import what :func:`parse_application` returned.

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
