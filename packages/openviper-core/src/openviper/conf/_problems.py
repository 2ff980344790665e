"""Every problem that the settings of a project have."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from openviper.conf._installed import installed_sections
from openviper.conf._project import PROJECT, Found, project_values
from openviper.conf._resolve import Resolved, construct, resolve
from openviper.conf._unknown import unknown_variables, warn_of_unknown
from openviper.core.error_places import failing_line
from openviper.core.error_text import error_line, error_text
from openviper.core.errors import ImproperlyConfigured

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["all_problems", "made", "unknown_names"]

T = TypeVar("T")


def all_problems() -> list[str]:
    """Return each problem as a line, and log the unknown variables."""
    try:
        found = PROJECT.find("check_settings()")
    except ImproperlyConfigured as error:
        return error_text(error).splitlines()
    base = found.resolve({})
    _, problems = made(found.cls, base)
    sections, unusable = installed_sections()
    for cls in sections:
        problems += _problems_of_section(cls, found, base)
    apps, read = _apps_and_sections(base)
    warn_of_unknown(found.cls, found.environment, apps=apps, read=read)
    return [*problems, *unusable]


def unknown_names() -> list[str]:
    """Return a line for each variable that names no setting, of a project whose settings can be read."""
    found = PROJECT.find("check_settings()")
    apps, read = _apps_and_sections(found.resolve({}))
    return [line for _, line in unknown_variables(found.cls, found.environment, apps=apps, read=read)]


def _apps_and_sections(base: Resolved) -> tuple[Iterable[str], Iterable[type]]:
    """Return where else a setting can be declared: the installed apps, and the sections that were read."""
    state = PROJECT.current
    if state is None:
        return base.values.get("INSTALLED_APPS", ()), ()
    return state.instance.INSTALLED_APPS, state.sections


def made(cls: type[T], resolved: Resolved) -> tuple[T | None, list[str]]:
    """Make the object; return it, or ``None`` and why it cannot be made, a line each."""
    try:
        return construct(cls, resolved), []
    except ImproperlyConfigured as error:
        return None, error_text(error).splitlines()
    except Exception as error:
        # Of __post_init__: that it is no ValueError is a mistake, and still no reason to tell nothing else.
        line = error_line(error).splitlines()[0]
        return None, [f"{cls.__name__} in {cls.__module__} raised {line} ({failing_line(error)})"]


def _problems_of_section(cls: type, found: Found, base: Resolved) -> list[str]:
    resolved = resolve(cls, found.environment, {}, project_values(found.cls, base))
    # What the project's class has too was reported with it.
    fresh = {name: line for name, line in resolved.problems.items() if name not in base.problems}
    if resolved.problems and not fresh:
        return []
    return made(cls, resolved._replace(problems=fresh))[1]
