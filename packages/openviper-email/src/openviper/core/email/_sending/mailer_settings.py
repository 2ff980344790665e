"""The settings of one mailer: those of ``EMAIL_*``, or of an entry of ``EMAIL_MAILERS``."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from functools import cache
from pathlib import Path
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from openviper._settings.email import EmailSettings
from openviper.conf import ImproperlyConfigured, Secret, section
from openviper.core.email._building.characters import quoted
from openviper.core.imports import closest

__all__ = ["DEFAULT", "closest_mailer", "mailer_name", "mailer_names", "mailer_settings", "naming", "setting_place"]

DEFAULT = "default"
# Whatever is longer is nobody's slip.
_LONGEST_NAME = 100
# These say what happens before a mailer has a message, and are read once for all.
_GENERAL = frozenset(
    f"EMAIL_{key}"
    for key in (
        "FAIL_SILENTLY",
        "INLINE_CSS",
        "MAILERS",
        "MARKDOWN",
        "MAX_JOB_BYTES",
        "QUEUE_DEADLINE",
        "UNTRUSTED_TEMPLATES",
    )
)
# What was put there by mistake may be any of them, or all: ("ada", "the password").
_CREDENTIALS = frozenset({"HOST_PASSWORD", "HOST_USER", "TOKEN"})
_KEYS = {
    each.name.removeprefix("EMAIL_"): each.name
    for each in fields(EmailSettings)
    if each.name.startswith("EMAIL_") and each.name not in _GENERAL
}
_SETTING = re.compile(rf"\bEMAIL_({'|'.join(_KEYS)})\b")


def mailer_names(settings: EmailSettings) -> list[str]:
    """Return what ``using=`` takes."""
    return [DEFAULT, *(name for name in settings.EMAIL_MAILERS if name != DEFAULT)]


def closest_mailer(name: str, settings: EmailSettings) -> str:
    """Return ``; did you mean 'bulk'?``, or nothing, for a name that is no mailer's."""
    return closest(str(name)[:_LONGEST_NAME], mailer_names(settings))


def mailer_settings(name: str, settings: EmailSettings | None = None) -> EmailSettings:
    """Return the settings of a mailer; for ``default`` the section itself.

    Raises:
        ImproperlyConfigured: There is no such mailer, or its entry cannot be used; every problem of it.
    """
    settings = settings or section(EmailSettings)
    if DEFAULT in settings.EMAIL_MAILERS:
        raise ImproperlyConfigured(
            "EMAIL_MAILERS['default'] is not read: the default mailer is that of EMAIL_BACKEND, EMAIL_HOST and so on; "
            "move its values there"
        )
    if name == DEFAULT:
        return settings
    if name not in settings.EMAIL_MAILERS:
        raise ImproperlyConfigured(
            f"using={quoted(name)} names no mailer; expected one of {', '.join(map(repr, mailer_names(settings)))}"
            f"{closest_mailer(name, settings)}"
        )
    return _MADE.get(name, settings)


def mailer_name(settings: EmailSettings) -> str:
    """Return the name of the mailer whose settings :func:`mailer_settings` returned."""
    return _MADE.name_of(settings)


def setting_place(name: str, key: str) -> str:
    """Return where a setting of a mailer is set: ``EMAIL_HOST``, ``EMAIL_MAILERS['bulk']['HOST']``."""
    return f"EMAIL_{key}" if name == DEFAULT else f"EMAIL_MAILERS[{name!r}][{key!r}]"


class _NamedError(ImproperlyConfigured):
    """It says already which mailer it is of."""


@contextmanager
def naming(name: str) -> Generator[None]:
    """Have an error of settings say where those of this mailer are set, and not of one that it was made for.

    Raises:
        ImproperlyConfigured: What was raised within.
    """
    try:
        yield
    except _NamedError:
        raise
    except ImproperlyConfigured as error:
        text = _SETTING.sub(lambda found: setting_place(name, found[1]), str(error))
        raise _NamedError(text) from error.__cause__


class _Made:
    """The settings of the mailers that were asked for: they are asked for with each message."""

    def __init__(self) -> None:
        # One value, for several threads: of the settings that are in force, those of each mailer.
        self._known: tuple[EmailSettings | None, dict[str, EmailSettings]] = None, {}

    def get(self, name: str, settings: EmailSettings) -> EmailSettings:
        """Return those of a mailer; whatever section they were made of before is forgotten."""
        section, made = self._known
        if section is not settings:
            made = {}
            self._known = settings, made
        found = made.get(name)
        if found is None:
            found = made[name] = _made(name, settings.EMAIL_MAILERS[name])
        return found

    def name_of(self, settings: EmailSettings) -> str:
        """Return the mailer of these settings; ``default``: they are of none that was asked for."""
        return next((name for name, each in self._known[1].items() if each is settings), DEFAULT)


_MADE = _Made()


@cache
def _hints() -> dict[str, Any]:
    return get_type_hints(EmailSettings)


def _made(name: str, entry: Mapping[str, Any]) -> EmailSettings:
    hints = _hints()
    values: dict[str, Any] = {}
    problems: list[str] = []
    for key, value in entry.items():
        place = f"EMAIL_MAILERS[{name!r}][{key!r}]"
        if key not in _KEYS:
            problems.append(f"{place} is no setting of a mailer{_meant(key)}")
            continue
        try:
            values[_KEYS[key]] = _conformed(value, hints[_KEYS[key]])
        except _UnsuitableError as error:
            shown = "'**********'" if key in _CREDENTIALS else f"{value!r:.120}"
            problems.append(f"{place}={shown}; expected {error}")
    if problems:
        raise ImproperlyConfigured("\n".join(problems))
    return EmailSettings(**values)


def _meant(key: object) -> str:
    if isinstance(key, str) and key.removeprefix("EMAIL_") in _KEYS:
        return f"; write it without EMAIL_: {key.removeprefix('EMAIL_')!r}"
    if isinstance(key, str) and f"EMAIL_{key}" in _GENERAL:
        return f"; EMAIL_{key} is one for all mailers"
    return closest(str(key), _KEYS) or f"; expected some of {', '.join(_KEYS)}"


class _UnsuitableError(ValueError):
    """What would be accepted instead."""


def _conformed(value: object, hint: Any) -> Any:
    """Return a value of an entry as the field of :class:`EmailSettings` has it; a path may be text, as in JSON."""
    kinds = get_args(hint) if NoneType in get_args(hint) else (hint,)
    if value is None and NoneType in kinds:
        return None
    kind = next(each for each in kinds if each is not NoneType)
    made = next(_offers(value, kind), None)
    if made is None:
        raise _UnsuitableError(_described(kind) + (" or None" if NoneType in kinds else ""))
    return made


def _offers(value: Any, kind: Any) -> Iterator[Any]:
    """Yield what ``value`` is as ``kind``; nothing, where it is none."""
    origin = get_origin(kind)
    if origin is Literal and value in get_args(kind):
        yield value
    elif origin is Secret and _is(value, Secret, str) and value:
        yield value if _is(value, Secret) else Secret(value)
    elif origin is tuple and _is(value, tuple, list) and all(_is(each, str) for each in value):
        yield tuple(value)
    elif kind is Path and _is(value, str, Path) and str(value):
        yield Path(value)
    elif kind is float and _is(value, int, float) and not _is(value, bool):
        yield float(value)
    elif kind in (str, int, bool) and type(value) is kind:
        yield value


def _is(value: object, *kinds: type[Any]) -> bool:
    return isinstance(value, kinds)


def _described(kind: Any) -> str:
    origin = get_origin(kind)
    if origin is Literal:
        return f"one of {', '.join(map(repr, get_args(kind)))}"
    if origin is Secret:
        return "a str or Secret that is not empty"
    if origin is tuple:
        return "a tuple of str"
    return {str: "a str", int: "an int", float: "a number of seconds", bool: "True or False", Path: "a path"}[kind]
