"""The names that a console begins with: the settings, and the models of the installed apps."""

from __future__ import annotations

import re
from collections import Counter
from importlib import import_module
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from openviper.cli._failure_lines import failure_line
from openviper.cli._foreign_code import stdout_kept
from openviper.conf import settings
from openviper.core.imports import module_exists

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Names", "console_names"]


class Names:
    """What a console begins with."""

    # No dataclass: each start of a console would make it.
    def __init__(self) -> None:
        #: What its code sees, by name.
        self.values: dict[str, Any] = {"settings": settings}
        #: The models as they are typed: ``"Order"``; ``"shop.Order"`` where two apps have one of that name.
        self.models: list[str] = []
        #: One sentence for each name that two apps have.
        self.notes: list[str] = []
        #: One sentence for each app whose models are left out.
        self.problems: list[str] = []


def console_names(*, with_models: bool) -> Names:
    """Return the settings and, if they are wanted and openviper-db is installed, the models of the installed apps.

    A model is a public class that an app's ``models`` module defines, or names in its ``__all__``.
    """
    names = Names()
    if with_models and module_exists("openviper.db"):
        with stdout_kept():
            _add_models(names)
    return names


def _add_models(names: Names) -> None:
    found: dict[str, dict[str, Any]] = {}
    for label, module_name in _places():
        for name, model in _public_classes(module_name, names.problems):
            found.setdefault(name, {})[label] = model
    labelled: dict[str, Any] = {}
    for name, owners in found.items():
        first = next(iter(owners.values()))
        # One class that a second app offers too is no conflict.
        if all(model is first for model in owners.values()):
            names.values.setdefault(name, first)
            names.models.append(name)
            continue
        for label, model in owners.items():
            setattr(labelled.setdefault(label, SimpleNamespace()), name, model)
        typed = [f"{label}.{name}" for label in owners]
        names.models += typed
        names.notes.append(f"{len(typed)} apps have a model {name!r}: {', '.join(typed)}")
    names.values = labelled | names.values


def _places() -> list[tuple[str, str]]:
    """Return the label of each app, or a longer name where two have that, and where its models would be."""
    # Only where there are models: logging comes with it.
    from openviper.core.app_resolver import AppResolver  # noqa: PLC0415

    resolver = AppResolver()
    places = [(app.rpartition(".")[2], app.replace(".", "_"), f"{app}.models") for app in resolver.apps]
    if resolver.root_is_app():
        # In the root layout the project's folder is an app itself.
        own = re.sub(r"\W", "_", resolver.root.name)
        places.append((own, f"{own}_project", "models"))
    count = Counter(label for label, _, _ in places)
    return [(label if count[label] == 1 else name, module) for label, name, module in places]


def _public_classes(module_name: str, problems: list[str]) -> Iterable[tuple[str, type]]:
    try:
        if not module_exists(module_name):
            return []
        values = vars(import_module(module_name))
    # A console is what one looks for the reason with; sys.exit() in a module must not end it either.
    except (Exception, SystemExit) as error:
        problems.append(f"the models in {module_name} are left out: {failure_line(error)}")
        return []
    exported = cast("Iterable[str] | None", values.get("__all__"))
    return [
        (name, value)
        for name in (values if exported is None else exported)
        if isinstance(value := values.get(name), type)
        and not name.startswith("_")
        and (exported is not None or value.__module__ == module_name)
    ]
