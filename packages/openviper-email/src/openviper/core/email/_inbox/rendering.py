"""Our own pages, from their templates; everything in them is escaped."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined

__all__ = ["Links", "asset", "local_time", "readable_size", "render"]

_FOLDER = Path(__file__).parent / "templates"


class Links:
    """The addresses of our pages, below wherever the inbox is mounted.

    Args:
        root: ``root_path`` of the request, as ASGI servers decode it.
    """

    def __init__(self, root: str) -> None:
        # A second slash at the start would be a host.
        self._root = quote("/" + root.strip("/")) if root.strip("/") else ""

    def __call__(self, *segments: object, **query: object) -> str:
        """Return the path of a page: ``links("messages", id, page=2)``. A query of ``None`` or ``""`` is left out."""
        path = "/".join(quote(str(segment), safe="") for segment in segments)
        given = {name: value for name, value in query.items() if value not in (None, "")}
        return f"{self._root}/{path}{'?' if given else ''}{urlencode(given)}"


def render(template: str, links: Links, **values: Any) -> str:
    """Return the page that ``templates/<template>`` makes of ``values``."""
    return _environment().get_template(template).render(links=links, **values)


@cache
def asset(name: str) -> bytes:
    """Return a file that pages refer to."""
    return (_FOLDER / name).read_bytes()


def readable_size(size: int) -> str:
    """Return ``230 B``, ``12 kB`` or ``3.4 MB``."""
    if size < 1000:
        return f"{size} B"
    if size < 999_500:
        return f"{size / 1000:.1f} kB" if size < 9_950 else f"{size / 1000:.0f} kB"
    return f"{size / 1_000_000:.1f} MB"


def local_time(moment: datetime, now: datetime | None = None) -> str:
    """Return the time as this machine's clock has it: ``14:05:09``, on other days ``3 Nov, 14:05``, with the year."""
    here = moment.astimezone()
    today = (now or datetime.now(here.tzinfo)).astimezone()
    if here.date() == today.date():
        return f"{here:%H:%M:%S}"
    year = "" if here.year == today.year else f" {here.year}"
    return f"{here.day} {here:%b}{year}, {here:%H:%M}"


def _initial(text: str) -> str:
    return next((each.upper() for each in text if each.isalnum()), "?")


def _hue(text: str) -> int:
    """Return a number from 0 to 5, always the same for the same text."""
    return sum(text.encode("utf-8", "replace")) % 6


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    filters: Mapping[str, Any] = {
        "size": readable_size,
        "clock": local_time,
        "count": "{:,}".format,
        "initial": _initial,
        "hue": _hue,
    }
    environment.filters.update(filters)
    return environment
