"""Which database is meant: the one that is named, else one of the project's."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import cast
from urllib.parse import quote, unquote

import click

from openviper.backup.errors import InvalidInput
from openviper.backup.url import parse_url
from openviper.conf import Secret, settings
from openviper.core.imports import closest
from openviper.core.projects import project_root

__all__ = ["chosen_url", "target_url"]


def chosen_url(db: str | None, alias: str | None) -> str:
    """Return what ``--db`` and ``--alias`` say.

    Raises:
        click.UsageError: They are both given.
        InvalidInput: No database is there.
        ImproperlyConfigured: The settings cannot be read.
    """
    if db is not None and alias is not None:
        raise click.UsageError("--db and --alias are given, and each names a database: expected one of them")
    return target_url(db, "default" if alias is None else alias)


def target_url(db: str | None, alias: str = "default") -> str:
    """Return ``db``, else ``DATABASES[alias]["OPTIONS"]["URL"]`` of the settings.

    Raises:
        InvalidInput: Neither is there, or what the settings have is no URL.
        ImproperlyConfigured: The settings cannot be read.
    """
    if db is not None:
        # An empty --db is an unset variable in a script, and must not mean the project's database.
        if not db:
            raise InvalidInput("No database URL configured: --db is empty")
        return db
    databases = settings.DATABASES
    url = _revealed(_setting(databases, alias, "OPTIONS", "URL"))
    where = f"DATABASES[{alias!r}]['OPTIONS']['URL'] (settings)"
    if url is None or url == "":
        raise InvalidInput(f"No database URL configured: {where} is not set{_next_step(databases, alias)}")
    if not isinstance(url, str):
        raise InvalidInput(f"No database URL configured: {where} is of type {type(url).__name__}; text is expected")
    return _in_project(url)


def _in_project(url: str) -> str:
    """Have a relative path of SQLite's stand in the project's folder, from wherever the command is run.

    As all relative paths in settings do: a restore elsewhere would make another database, and say that all went well.
    """
    parsed = parse_url(url)
    if not parsed.scheme.startswith("sqlite"):
        return url
    form = "file:" if parsed.database.startswith("file:") else ""
    path = unquote(parsed.database.removeprefix(form)) if form else parsed.database
    head, _, rest = url.partition(":///")
    root = project_root()
    if not path or path.startswith(("/", ":")) or not rest.startswith(form) or Path(root).samefile(Path.cwd()):
        return url
    place = quote(os.fsencode(root))
    # What follows file: is decoded twice.
    return f"{head}:///{form}{quote(place) if form else place}/{rest.removeprefix(form)}"


def _project() -> str:
    """Return why no setting can be there."""
    return "" if settings.is_configured() else f", and no project was found in {str(Path.cwd())!r} or above"


def _next_step(databases: object, alias: str) -> str:
    aliases = (
        [str(each) for each in cast("Mapping[object, object]", databases)] if isinstance(databases, Mapping) else []
    )
    if alias in aliases or not aliases:
        return f"{_project()}; give --db URL, or set it"
    return closest(alias, aliases) or f"; expected one of {', '.join(map(repr, aliases))}, or --db URL"


def _setting(value: object, *keys: str) -> object:
    for key in keys:
        if not isinstance(value, Mapping):
            return None
        value = cast("Mapping[str, object]", value).get(key)
    return value


def _revealed(value: object) -> object:
    return value.reveal() if isinstance(value, Secret) else value  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType] - whatever it holds
