"""What a client's ``Accept`` asks for (RFC 9110, 12.5.1), as far as an error page can give it."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openviper.core.types import Scope

__all__ = ["accept_header", "names_json", "prefers_html"]

_QUALITY = re.compile(rb"q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)")
# Many times what any client sends.
_LONGEST = 2048


def accept_header(scope: Scope) -> bytes:
    """Return the request's ``Accept``; several header lines are one list, none, or an absurd one, is ``b""``."""
    values: list[bytes] = []
    length = -1
    for name, value in scope["headers"]:
        if name == b"accept" and value:
            values.append(value)
            length += len(value) + 1
            if length > _LONGEST:
                return b""
    return b",".join(values)


@lru_cache(maxsize=256)
def prefers_html(accept: bytes) -> bool:
    """Tell whether HTML is named, wanted, and wanted no less than JSON; a wildcard names nothing."""
    qualities = _qualities(accept)
    html = qualities.get(b"text/html", qualities.get(b"application/xhtml+xml", 0.0))
    return html > 0 and html >= _json_quality(qualities)


def names_json(accept: bytes) -> bool:
    """Tell whether ``application/json``, or a type built on it, is named and wanted."""
    return any(quality > 0 for quality in _json_named(_qualities(accept)))


def _json_quality(qualities: dict[bytes, float]) -> float:
    named = _json_named(qualities)
    return max(named) if named else qualities.get(b"application/*", qualities.get(b"*/*", 0.0))


def _json_named(qualities: dict[bytes, float]) -> list[float]:
    return [quality for media, quality in qualities.items() if media == b"application/json" or media.endswith(b"+json")]


def _qualities(accept: bytes) -> dict[bytes, float]:
    """Map each media type to its quality, the best where it stands more than once."""
    qualities: dict[bytes, float] = {}
    for element in accept.lower().split(b","):
        media, *parameters = (part.strip() for part in element.split(b";"))
        quality = _quality(parameters)
        qualities[media] = max(quality, qualities.get(media, 0.0))
    return qualities


def _quality(parameters: list[bytes]) -> float:
    """Return the weight, 1 without one, 0 for one that cannot be read: what is not clearly wanted is not wanted."""
    for parameter in parameters:
        if parameter.startswith(b"q") and parameter[1:].lstrip().startswith(b"="):
            found = _QUALITY.fullmatch(parameter)
            return float(found[1]) if found else 0.0
    return 1.0
