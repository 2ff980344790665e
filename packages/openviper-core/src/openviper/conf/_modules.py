"""From the name of a settings module to the class in it."""

from __future__ import annotations

import os
import sys
from importlib import import_module, invalidate_caches
from threading import Lock
from typing import TYPE_CHECKING, Any, cast

from openviper.conf._base import BaseSettings
from openviper.core._regular_files import check_readable
from openviper.core.error_places import failing_line
from openviper.core.error_text import error_line
from openviper.core.errors import ImproperlyConfigured
from openviper.core.imports import closest, module_exists

if TYPE_CHECKING:
    from types import ModuleType

    from openviper.conf._finder import Origin

__all__ = ["settings_class"]

# Two threads that invalidate them at once delete the same entry: KeyError.
_caches = Lock()


def settings_class(origin: Origin) -> type[BaseSettings]:
    """Return the settings class that ``origin`` means, importing its module.

    Raises:
        ImproperlyConfigured: There is no such module or class, or the module raises, which is then the cause.
    """
    if not isinstance(origin.target, str):
        return cast("type[BaseSettings]", origin.target if isinstance(origin.target, type) else type(origin.target))
    name, _, attribute = origin.target.partition(":")
    return _class_in(_imported(name, origin), attribute, origin)


def _imported(name: str, origin: Origin) -> ModuleType:
    try:
        if not _is_importable(name, origin):
            _check_readable(name, origin)
            raise ImproperlyConfigured(_missing(name, origin))
        module = import_module(name)
    except ImproperlyConfigured:
        raise
    except Exception as error:
        _check_readable(name, origin)
        place = failing_line(error, lambda frame: frame.f_globals.get("__name__") == name)
        cause = f"{error_line(error)} ({place})"
        raise ImproperlyConfigured(f"the settings module {origin} raised {cause}") from error
    _refuse_another(module, name, origin)
    if getattr(module.__spec__, "_initializing", False):
        raise ImproperlyConfigured(
            f"settings were read while {origin} was still being imported; import what reads them inside a function, "
            "or do not read them at import"
        )
    return module


def _check_readable(name: str, origin: Origin) -> None:
    for folder in origin.folders:
        try:
            check_readable(folder, name)
        except ImproperlyConfigured as error:
            raise ImproperlyConfigured(f"the settings module {origin} cannot be imported: {error}") from error


def _refuse_another(module: ModuleType, name: str, origin: Origin) -> None:
    path = os.path.realpath(module.__file__ or "")
    folders = [os.path.join(os.path.realpath(each), "") for each in origin.folders]  # noqa: PTH118 - as above
    if origin.is_found_by_layout and not path.startswith(tuple(folders)):
        raise ImproperlyConfigured(
            f"another module {name!r} was imported before that of {origin.how}: {module.__file__}; rename one of them"
        )


def _is_importable(name: str, origin: Origin) -> bool:
    """Look for the module, making the project's folder importable as the current one is for ``python -m``."""
    if _is_found(name, origin):
        return True
    # It may have been written since its folder was read. Not before: Python 3.13 imports importlib.metadata for it.
    with _caches:
        invalidate_caches()
    return _is_found(name, origin)


def _is_found(name: str, origin: Origin) -> bool:
    if not origin.is_found_by_layout and module_exists(name):
        return True
    top = name.partition(".")[0]
    for folder in origin.folders:
        path = os.path.join(folder, top)  # noqa: PTH118 - pathlib costs more than all of this module
        if os.path.isdir(path) or os.path.isfile(f"{path}.py"):  # noqa: PTH112, PTH113
            if folder not in {each or os.getcwd() for each in sys.path}:  # noqa: PTH109
                sys.path.insert(0, folder)
            break
    return module_exists(name)


def _missing(name: str, origin: Origin) -> str:
    places = f"; looked in sys.path and {', '.join(origin.folders)}" if origin.folders else ""
    return f"there is no module {name!r}, which {origin.how} names as the settings module{_near(name, origin)}{places}"


def _near(name: str, origin: Origin) -> str:
    """The nearest module beside the missing one: of its package, or of the project's folders."""
    from pkgutil import iter_modules  # noqa: PLC0415 - only an error needs it

    package, _, last = name.rpartition(".")
    if not package:
        return closest(last, {each.name for each in iter_modules(origin.folders or None)})
    if not module_exists(package):
        return _near(package, origin)
    paths = getattr(import_module(package), "__path__", [])
    return closest(last, {each.name for each in iter_modules(paths)})


def _class_in(module: ModuleType, attribute: str, origin: Origin) -> type[BaseSettings]:
    name = attribute or "Settings"
    found: Any = getattr(module, name, None)
    if found is not None:
        if not (isinstance(found, type) and issubclass(found, BaseSettings)):
            raise ImproperlyConfigured(
                f"{module.__name__}.{name} ({origin.how}) is {_kind(found)}, not a settings class; "
                f"expected class {name}(BaseSettings), BaseSettings from openviper.conf"
            )
        return found
    defined = _defined_in(module)
    if len(defined) == 1 and not attribute:
        return defined[0]
    raise ImproperlyConfigured(_no_class(module, name, [each.__name__ for each in defined], origin))


def _kind(found: Any) -> str:
    # By its type alone: the value may hold secrets.
    return f"the class {found.__qualname__}" if isinstance(found, type) else f"a value of type {type(found).__name__}"


def _defined_in(module: ModuleType) -> list[type[BaseSettings]]:
    found = [
        each
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, BaseSettings) and each.__module__ == module.__name__
    ]
    return list(dict.fromkeys(found))  # one class under two names is one class


def _no_class(module: ModuleType, name: str, defined: list[str], origin: Origin) -> str:
    where = f"{module.__name__} ({origin.how})"
    if not defined:
        step = "; where the project's settings stand elsewhere, set OPENVIPER_SETTINGS_MODULE to their module's name"
        return (
            f"{where} has no class {name}; expected class {name}(BaseSettings), BaseSettings from openviper.conf"
            f"{step if origin.is_found_by_layout else ''}"
        )
    names = ", ".join(defined)
    return f"{where} has no class {name}, but {names}; call one Settings, or name it: {module.__name__}:{defined[0]}"
