"""The core's check of settings whose type is right and whose value would not work."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, available_timezones

from openviper.conf import settings
from openviper.core.checks import CheckMessage, Severity
from openviper.core.imports import closest

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["check_values"]


def check_values() -> Iterator[CheckMessage]:
    """Report a TIME_ZONE that cannot be looked up, and a STATIC_URL to which no path can be appended."""
    yield from _time_zone(settings.TIME_ZONE)
    yield from _static_url(settings.STATIC_URL)


def _time_zone(name: str) -> Iterator[CheckMessage]:
    # UTC can be had without a database: datetime.UTC.
    if name == "UTC" or _is_zone(name):
        return
    known = available_timezones()
    if known:
        message = f"TIME_ZONE={name!r} is no IANA time zone{closest(name, known)}"
        hint = "expected a name like 'Europe/Zurich' or 'UTC'"
    else:
        message = f"TIME_ZONE={name!r} cannot be looked up: this machine has no time zone database"
        hint = "pip install tzdata, or install the system's package of that name"
    yield CheckMessage("openviper.core.time_zone", Severity.WARNING, message, hint)


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        # Not found; not a relative path; a folder, on some Pythons.
        return False
    return True


def _static_url(url: str) -> Iterator[CheckMessage]:
    # A path without its first slash is looked for below each page.
    whole = url if "://" in url or url.startswith("/") else f"/{url}"
    right = whole if whole.endswith("/") else f"{whole}/"
    if not url.endswith("/"):
        yield CheckMessage(
            "openviper.core.static_url",
            Severity.WARNING,
            f"STATIC_URL={url!r} does not end with a slash: pages would link to {url + 'site.css'!r}",
            hint=f"set it to {right!r}",
        )
    elif url != right:
        yield CheckMessage(
            "openviper.core.static_url",
            Severity.WARNING,
            f"STATIC_URL={url!r} is relative: a page under /shop/ would link to {'/shop/' + url + 'site.css'!r}",
            hint=f"set it to {right!r}",
        )
