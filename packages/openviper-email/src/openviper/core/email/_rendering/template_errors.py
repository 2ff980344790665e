"""What Jinja2 says about a template, as one sentence with the place."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, TypeAlias, TypeGuard

import jinja2

from openviper.core.email._rendering import loaders
from openviper.core.email._rendering.error_text import one_line
from openviper.core.email.errors import TemplateError
from openviper.core.imports import closest

if TYPE_CHECKING:
    from openviper.core.email._rendering.environment import TemplateEnvironment

__all__ = ["MAX_COMPARED", "explained", "is_of_template", "where"]

#: Of many names, so many are looked through for the one that was meant.
MAX_COMPARED = 1_000
# Of what Jinja2 says.
_SHOWN = 500
_UNDEFINED = re.compile(r"'([^']+)' is undefined$")


_Explained: TypeAlias = jinja2.TemplateError | UnicodeDecodeError | RecursionError


def is_of_template(error: Exception) -> TypeGuard[_Explained]:
    """Tell whether :func:`explained` has a sentence for an error, and it comes from no function of the program."""
    if not isinstance(error, UnicodeDecodeError | RecursionError):
        return isinstance(error, jinja2.TemplateError)
    module = _last_module(error.__traceback__)
    if isinstance(error, UnicodeDecodeError):
        return module == loaders.__name__
    package = module.partition(".")[0]
    return package in {"", "jinja2", "markupsafe", "openviper"} or package in sys.stdlib_module_names


def _last_module(trace: TracebackType | None) -> str:
    """Return the name of the module where an error was raised; empty: in a template."""
    if trace is None:
        return ""
    while trace.tb_next is not None:
        trace = trace.tb_next
    name = trace.tb_frame.f_globals.get("__name__", "")
    # A compiled template has no name, or that of its file.
    return "" if name == trace.tb_frame.f_code.co_filename else str(name)


def explained(
    error: _Explained,
    name: str,
    names: Iterable[str],
    env: TemplateEnvironment,
) -> TemplateError:
    """Return the error for a template that could not be found, read, compiled or rendered.

    Args:
        error: What was raised.
        name: The template that was asked for.
        names: The names that it was given.
        env: Where it was looked for.
    """
    return TemplateError(one_line(_sentence(error, name, names, env)))


def _sentence(
    error: _Explained,
    name: str,
    names: Iterable[str],
    env: TemplateEnvironment,
) -> str:
    if isinstance(error, jinja2.TemplateNotFound):
        return _not_found(error, name, env)
    if isinstance(error, jinja2.TemplateSyntaxError):
        return f"template {error.name or name!r}, line {error.lineno}: {one_line(error.message or '', _SHOWN)}"
    place = where(error, name, env)
    if isinstance(error, UnicodeDecodeError):
        return f"{place} is not UTF-8: {error.reason} at byte {error.start}"
    if isinstance(error, RecursionError):
        return f"{place}: it uses itself without end"
    reason = env.marker.shown(str(error))
    missing = _UNDEFINED.search(reason) if len(reason) < _SHOWN else None
    return f"{place}: {one_line(reason, _SHOWN)}{_hint(missing[1], names) if missing else ''}"


def _hint(missing: str, names: Iterable[str]) -> str:
    given = sorted(map(str, islice(names, MAX_COMPARED)))
    return closest(missing, given) or f"; the context has {', '.join(given[:20]) or 'nothing'}"


def where(error: BaseException, name: str, env: TemplateEnvironment) -> str:
    """Return the template and the line that an error comes from, to begin a sentence with."""
    place = _place(error.__traceback__, env.folders)
    return f"template {name!r}" if place is None else f"template {place[0]!r}, line {place[1]}"


def _not_found(error: jinja2.TemplateNotFound, name: str, env: TemplateEnvironment) -> str:
    missing = str(error.name or error.message or name)
    searched = ", ".join(map(str, env.folders))
    place = None if missing == name else _place(error.__traceback__, env.folders)
    wanted = "" if place is None else f", which {place[0]!r} wants in line {place[1]},"
    hint = closest(missing, _templates(env))
    return f"template {missing!r:.200}{wanted} is in none of these folders: {searched}{hint}"


def _templates(env: TemplateEnvironment) -> list[str]:
    return env.list_templates(extensions=["html", "md", "txt"])[:MAX_COMPARED]


def _place(trace: TracebackType | None, folders: Iterable[Path]) -> tuple[str, int] | None:
    """Return the template and the line that were rendered last."""
    found: tuple[str, int] | None = None
    while trace is not None:
        path = Path(trace.tb_frame.f_code.co_filename)
        folder = next((each for each in folders if path.is_relative_to(each)), None)
        if folder is not None and path.suffix != ".py":
            found = (path.relative_to(folder).as_posix(), trace.tb_lineno)
        trace = trace.tb_next
    return found
