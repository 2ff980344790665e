"""Naming an ASGI application on the command line, and loading it."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from openviper.cli.errors import CommandLineError
from openviper.core.app_resolver import AppResolver
from openviper.core.imports import closest
from openviper.core.projects import has_module

if TYPE_CHECKING:
    from openviper.cli._project import Project

__all__ = ["application_of", "load_application", "parse_application"]


def parse_application(target: str, root: Path | None = None) -> str:
    """Return ``"module:attribute"`` for ``module``, ``module:attribute``, ``package.module:one.two`` or ``app.py``.

    Args:
        target: As typed.
        root: What the module is imported from, for a file; ``None``: as it stands.

    Raises:
        CommandLineError: It is none of these, or there is no such module.
    """
    module, _, attribute = target.partition(":")
    attribute = attribute or "app"
    if module.endswith(".py"):
        module = _module_of(module, root)
    if not all(part.isidentifier() for part in f"{module}.{attribute}".split(".")):
        raise CommandLineError(
            f"{target!r} is not an application; expected module, module:attribute or a .py file of this folder"
        )
    # Not imported here: with reloading on, a package that is broken now may be whole after the next change.
    if AppResolver(()).find(module) is None:
        raise CommandLineError(f"{target!r} is not an application: there is no module {module!r} here")
    return f"{module}:{attribute}"


def _module_of(file: str, root: Path | None) -> str:
    """Return the name that a file is imported by; what does not stand below ``root`` keeps one that is none."""
    name = PurePath(file)
    base = root.resolve() if root else None
    for start in (Path(), root):
        path = (start / name).parent.resolve() / name.name if start else None
        if path and base and path.is_file() and path.is_relative_to(base):
            name = path.relative_to(base)
            break
    parts = name.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


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
        if has_module(str(project.import_root), name):
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
