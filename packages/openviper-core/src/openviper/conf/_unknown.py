"""Variables ``OPENVIPER_*`` that no setting answers to."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from openviper.conf._environment import PREFIX, RESERVED, Variable
from openviper.conf._installed import installed_sections
from openviper.core.imports import closest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["unknown_variables", "warn_of_unknown"]

# Said once in a process, however often the settings are checked.
WARNED: set[str] = set()


def unknown_variables(cls: type, environment: Mapping[str, Variable]) -> Iterator[tuple[str, str]]:
    """Yield each variable that names no setting of ``cls`` or of an installed section, with a line that says so.

    The installed sections are loaded only if there is a variable that ``cls`` does not know.
    """
    own = {PREFIX + each.name for each in fields(cls)} | RESERVED
    strangers = sorted(set(environment) - own)
    if not strangers:
        return
    known = own.union(PREFIX + each.name for section in installed_sections().sections for each in fields(section))
    for name in strangers:
        if name not in known:
            yield name, f"{name} ({environment[name].where}) names no setting{_near(name, known)}"


def _near(name: str, known: set[str]) -> str:
    # Without the prefix, in which all of them are alike.
    near = closest(name.removeprefix(PREFIX).upper(), sorted(each.removeprefix(PREFIX) for each in known))
    return near.replace("'", f"'{PREFIX}", 1) or "; it has no effect"


def warn_of_unknown(cls: type, environment: Mapping[str, Variable]) -> None:
    """Log a warning for each unknown variable: whoever runs a service reads its log, and it is printed without one."""
    for name, line in unknown_variables(cls, environment):
        if name not in WARNED:
            WARNED.add(name)
            _warn(line)


def _warn(line: str) -> None:
    # Only who has an unknown variable pays for it.
    from logging import getLogger  # noqa: PLC0415

    getLogger("openviper.conf").warning(line)
