"""Which application is a project's, and which one a user named.

Nothing is imported: with reloading on, a package that is broken now may be whole after the next change.
"""

from __future__ import annotations

from pathlib import Path, PurePath

from openviper.core.errors import ImproperlyConfigured
from openviper.core.imports import locate
from openviper.core.projects import FoundSettings, find_settings, has_module, search_folder, settings_root

__all__ = ["parse_application", "project_application"]


def project_application(found: FoundSettings | None, named_by: str = "") -> str:
    """Return ``"module:attribute"``: ``app`` in the project's ``app`` or ``asgi``, the package's before the root's.

    Args:
        found: The project's settings, as :func:`openviper.core.projects.find_settings` returns them.
        named_by: The option of the command by which it can be named, for the error; ``""``: its argument.

    Raises:
        ImproperlyConfigured: There is none, or no project.
    """
    example = f"{named_by} mysite.app".lstrip()
    if found is None:
        raise ImproperlyConfigured(f"there is no project here; change to its folder or name the application: {example}")
    package = found.module_name.rpartition(".")[0]
    names = [f"{package}.app", f"{package}.asgi", "app", "asgi"] if package else ["app", "asgi"]
    folder = settings_root(found).path
    for name in names:
        if has_module(folder, name):
            return f"{name}:app"
    places = ", ".join(f"{name.replace('.', '/')}.py" for name in names)
    raise ImproperlyConfigured(f"{folder} holds none of {places}; name the application: {example}")


def parse_application(target: str, root: str | None = None) -> str:
    """Return ``"module:attribute"`` for ``module``, ``module:attribute``, ``package.module:one.two`` or ``app.py``.

    Args:
        target: As typed; a file is looked for in the current directory, then in ``root``.
        root: What its module is imported from, absolute; ``None``: what this process's project is imported from.

    Raises:
        ImproperlyConfigured: It is none of these, or there is no such module.
    """
    root = root or _import_root(find_settings(search_folder()))
    module, _, attribute = target.partition(":")
    attribute = attribute or "app"
    if module.endswith(".py"):
        module = _module_of(module, Path(root))
    if not all(part.isidentifier() for part in f"{module}.{attribute}".split(".")):
        raise ImproperlyConfigured(
            f"{target!r} is not an application; expected module, module:attribute or a .py file of this folder"
        )
    if locate(module) is None and locate(module, [root]) is None:
        raise ImproperlyConfigured(f"{target!r} is not an application: there is no module {module!r} here")
    return f"{module}:{attribute}"


def _import_root(found: FoundSettings | None) -> str:
    if found is None:
        return search_folder()
    return settings_root(found).path


def _module_of(file: str, root: Path) -> str:
    """Return the name that a file is imported by; what does not stand below ``root`` keeps one that is none."""
    name, base = PurePath(file), root.resolve()
    for start in (Path(), root):
        path = (start / name).parent.resolve() / name.name
        if path.is_file() and path.is_relative_to(base):
            name = path.relative_to(base)
            break
    parts = name.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)
