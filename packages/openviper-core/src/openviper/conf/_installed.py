"""The sections that installed distributions name in the entry-point group ``openviper.settings``."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, NamedTuple

from openviper.conf._hints import Hints
from openviper.core.entrypoints import distribution_of, installed_entries
from openviper.core.error_text import error_line

__all__ = ["InstalledSections", "installed_hint", "installed_sections", "section_of"]


class InstalledSections(NamedTuple):
    """The sections of this environment, and a line for each entry that cannot be used."""

    sections: tuple[type[Any], ...]
    problems: tuple[str, ...]


@cache
def installed_sections() -> InstalledSections:
    """Load every section; this reads the metadata of all installed distributions, once per process."""
    sections: list[type[Any]] = []
    problems: list[str] = []
    for entry in installed_entries("openviper.settings"):
        try:
            sections.extend(_sections_in(entry.load()))
        except Exception as error:
            line = error_line(error).splitlines()[0]
            problems.append(f"{distribution_of(entry)} offers settings that cannot be loaded ({entry.value}): {line}")
    return InstalledSections(tuple(sections), tuple(problems))


def section_of(name: str) -> type[Any] | None:
    """Return the installed section that declares the setting ``name``."""
    for section in installed_sections().sections:
        if any(each.name == name for each in fields(section)):
            return section
    return None


def installed_hint(name: str) -> Any:
    """Return the type of a setting that an installed section declares, or ``None``."""
    section = section_of(name)
    return None if section is None else Hints(section)[name]


def _sections_in(value: Any) -> tuple[type[Any], ...]:
    sections: tuple[Any, ...] = tuple(value) if type(value) in (tuple, list) else (value,)
    for each in sections:
        if not (isinstance(each, type) and is_dataclass(each)):
            raise TypeError(f"{each!r} is not a dataclass; expected one section, or a tuple of them")
    return sections
