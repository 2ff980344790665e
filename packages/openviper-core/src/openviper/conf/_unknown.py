"""Variables ``OPENVIPER_*`` that no setting answers to."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from openviper.conf._environment import PREFIX, RESERVED, Variable
from openviper.conf._installed import installed_sections
from openviper.core.imports import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = ["unknown_variables", "warn_of_unknown"]

# Said once in a process, however often the settings are checked.
WARNED: set[str] = set()
# Of difflib's ratio: SETTINGS is near SETTINGS_MODULE (0.70), and TIMEOUT not near TIME_ZONE (0.63).
_NEAR = 0.65


def unknown_variables(
    cls: type, environment: Mapping[str, Variable], *, apps: Iterable[str] = (), read: Iterable[type] = ()
) -> Iterator[tuple[str, str]]:
    """Yield each variable that names no setting that can be known, with a line that says so.

    Known are the settings of ``cls``, of the installed sections, of those that were ``read`` already, and of those that
    stand in the sources of ``apps``; the apps are not imported. Beyond ``cls``, they are looked for only if there is a
    variable that it does not know.
    """
    own = {PREFIX + each.name for each in fields(cls)} | RESERVED
    strangers = sorted(set(environment) - own)
    if not strangers:
        return
    # It parses sources, and finds apps by what needs this package to be imported; few have an unknown variable.
    from openviper.conf._app_sections import settings_declared_in  # noqa: PLC0415

    sections = (*installed_sections().sections, *read)
    known = own.union(PREFIX + each.name for section in sections for each in fields(section))
    known.update(PREFIX + name for name in settings_declared_in(apps))
    for name in strangers:
        if name not in known:
            yield name, f"{name} ({environment[name].where}) names no setting{_near(name, known)}"


def _near(name: str, known: Iterable[str]) -> str:
    # Without the prefix, in which all of them are alike.
    names = sorted(each.removeprefix(PREFIX) for each in known)
    found = nearest(name.removeprefix(PREFIX).upper(), names, cutoff=_NEAR)
    if found is not None:
        return f"; did you mean {PREFIX + found!r}?"
    # A section that stands deeper in an app, or in no app, may still be read later.
    return " of the project, its apps or an installed distribution; unless code elsewhere reads it, it has no effect"


def warn_of_unknown(
    cls: type, environment: Mapping[str, Variable], *, apps: Iterable[str] = (), read: Iterable[type] = ()
) -> None:
    """Log a warning for each unknown variable: whoever runs a service reads its log, and it is printed without one."""
    for name, line in unknown_variables(cls, environment, apps=apps, read=read):
        if name not in WARNED:
            WARNED.add(name)
            _warn(line)


def _warn(line: str) -> None:
    # Only who has an unknown variable pays for it.
    from logging import getLogger  # noqa: PLC0415

    getLogger("openviper.conf").warning(line)
