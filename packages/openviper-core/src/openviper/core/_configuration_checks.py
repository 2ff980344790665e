"""The core's own checks: settings that cannot be read or do not work, and settings that are not fit for production."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openviper.conf import check_settings, settings
from openviper.core._app_checks import check_apps
from openviper.core._middleware_checks import check_middleware
from openviper.core._setting_name_checks import check_setting_names
from openviper.core._value_checks import check_values
from openviper.core.checks import CheckMessage, Severity
from openviper.core.local_hosts import is_local_host
from openviper.core.signing import NEW_KEY_COMMAND, key_text

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["check_configuration"]

_SHORTEST_KEY = 32
_FEWEST_CHARACTERS = 8


def check_configuration() -> Iterator[CheckMessage]:
    """Report every problem of the settings; where all can be read, what will not work, and what is unsafe."""
    problems = check_settings()
    if problems:
        # Whatever reads a setting would say the same again.
        yield from (CheckMessage("openviper.core.settings", Severity.ERROR, problem) for problem in problems)
        return
    yield from check_setting_names()
    yield from check_values()
    yield from check_apps()
    yield from check_middleware()
    if settings.DEBUG:
        yield _debug()
    else:
        yield from _keys()


def _debug() -> CheckMessage:
    public = [host for host in settings.ALLOWED_HOSTS if host != "*" and not is_local_host(host)]
    if public:
        return CheckMessage(
            "openviper.core.debug",
            Severity.WARNING,
            f"DEBUG is on, and ALLOWED_HOSTS has {public[0]!r}: visitors would see tracebacks with source code",
            hint="set OPENVIPER_DEBUG=false where others can reach this project",
        )
    return CheckMessage(
        "openviper.core.debug",
        Severity.INFO,
        "DEBUG is on, so what production needs was not looked at",
        hint="run the check with OPENVIPER_DEBUG=false before a release",
    )


def _keys() -> Iterator[CheckMessage]:
    new_key = f"set OPENVIPER_SECRET_KEY to what this prints: {NEW_KEY_COMMAND}"
    key = key_text(settings.SECRET_KEY)
    if not key:
        yield CheckMessage(
            "openviper.core.secret_key",
            Severity.WARNING,
            "SECRET_KEY is not set; whatever signs (sessions, CSRF tokens, links) will fail",
            hint=new_key,
        )
    elif weakness := _weakness(key):
        yield CheckMessage("openviper.core.secret_key", Severity.WARNING, f"SECRET_KEY {weakness}", hint=new_key)
    for index, fallback in enumerate(settings.SECRET_KEY_FALLBACKS):
        if weakness := _weakness(key_text(fallback)):
            yield CheckMessage(
                "openviper.core.secret_key_fallbacks",
                Severity.WARNING,
                f"SECRET_KEY_FALLBACKS[{index}] {weakness}",
                hint="take it out as soon as what it signed has expired",
            )


def _weakness(key: str) -> str | None:
    """Say why a key can be guessed, without a word of the key itself."""
    if len(key) < _SHORTEST_KEY:
        return f"has {len(key)} characters; expected {_SHORTEST_KEY} or more, chosen at random"
    if len(set(key)) < _FEWEST_CHARACTERS:
        return f"has only {len(set(key))} different characters; expected some chosen at random"
    return None
