"""Fields of a project's settings class whose names are slips of the pen: nothing reads them, and nothing says so."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from openviper.conf._app_sections import settings_declared_in
from openviper.conf._base import BaseSettings
from openviper.conf._installed import installed_sections
from openviper.conf._project import PROJECT
from openviper.core.imports import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["misspelt_fields", "slip_of"]

# Of difflib's ratio. REDIRCT is near REDIRECT (0.93), ALLOW near ALLOWED (0.83), and AGE not near NAME (0.57).
_NEAR_WORD = 0.8
# TIMEZONE is TIME_ZONE, and RATELIMIT near RATE_LIMITS (0.95).
_NEAR_NAME = 0.93


def misspelt_fields() -> Iterator[tuple[str, str]]:
    """Yield each field of the project's own that is near a known setting: its full name, and the setting's."""
    state = PROJECT.state("a check")
    sections: tuple[type[Any], ...] = (BaseSettings, *installed_sections().sections, *state.sections)
    known = {each.name for section in sections for each in fields(section)}
    known |= settings_declared_in(state.instance.INSTALLED_APPS)
    cls = state.found.cls
    for each in fields(cls):
        meant = None if each.name in known else slip_of(each.name, known)
        if meant is not None:
            yield f"{cls.__name__}.{each.name} ({cls.__module__})", meant


def slip_of(name: str, known: Iterable[str]) -> str | None:
    """Return the setting that ``name`` is a misspelling of; SESSION_COOKIE_AGE is none of SESSION_COOKIE_NAME."""
    return nearest(name, sorted(each for each in known if _is_slip(name, each)), cutoff=0)


def _is_slip(name: str, setting: str) -> bool:
    words, others = name.split("_"), setting.split("_")
    if len(words) == len(others):
        return all(nearest(word, [other], cutoff=_NEAR_WORD) for word, other in zip(words, others, strict=True))
    return nearest("".join(words), ["".join(others)], cutoff=_NEAR_NAME) is not None
