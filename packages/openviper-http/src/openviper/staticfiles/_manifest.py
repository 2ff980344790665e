"""Where a static file is: under its own name, or under the one with a hash that ``collectstatic`` gave it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

from openviper._settings.http import HttpSettings
from openviper.conf import section, settings
from openviper.core.imports import closest

from ._places import shown
from ._plain_names import are_plain
from ._static_root import static_root
from .errors import StaticFilesError, naming

__all__ = ["MANIFEST", "collected_names", "manifest_bytes", "static_url"]

#: The file in ``STATIC_ROOT`` that maps names to names with a hash.
MANIFEST = "staticfiles.json"
# The path for the settings that are in force: override_settings puts another section there.
_RESOLVED: list[tuple[HttpSettings, Path]] = []


def static_url(name: str) -> str:
    """Return the URL of a static file, below ``STATIC_URL``, percent-encoded.

    With ``STATIC_HASHED``, that of the name with a hash, as the manifest of the last ``collectstatic`` has it; not with
    ``DEBUG``, where files are served as they are, and not in the test client, for which nothing has to be collected.
    The manifest is looked for and read once, so a process that runs keeps to it, whatever its current folder is.

    Args:
        name: ``css/site.css``.

    Raises:
        StaticFilesError: There is no manifest, or ``name`` is not in it.
    """
    name = name.lstrip("/")
    if section(HttpSettings).STATIC_HASHED and not settings.DEBUG and not are_plain():
        name = _hashed(name)
    return settings.STATIC_URL + quote(name, errors="surrogateescape")


def collected_names() -> Mapping[str, str]:
    """Return the names with a hash that the last ``collectstatic`` made, by the plain ones.

    Raises:
        StaticFilesError: There is no manifest, or it cannot be used.
    """
    return _read_manifest(_manifest_path())


def manifest_bytes(names: Mapping[str, str]) -> bytes:
    """Return the content of the manifest."""
    return json.dumps({"version": 1, "paths": names}, indent=1, sort_keys=True).encode("ascii") + b"\n"


def _hashed(name: str) -> str:
    path = _manifest_path()
    names = _read_manifest(path)
    if name not in names:
        raise StaticFilesError(
            f"the static file {name!r} is not in {shown(path)}{closest(name, names)}; "
            "if it is new, run viperctl collectstatic again"
        )
    return names[name]


def _manifest_path() -> Path:
    """Return where the manifest is, resolved once: the current folder may change, and links cost a look at the disk."""
    current = section(HttpSettings)
    for of, path in _RESOLVED:
        if of is current:
            return path
    path = static_root() / MANIFEST
    _RESOLVED[:] = [(current, path)]
    return path


@lru_cache(maxsize=8)
def _read_manifest(path: Path) -> dict[str, str]:
    with naming(f"STATIC_HASHED is on, and {shown(path)} cannot be read (viperctl collectstatic writes it)"):
        content = path.read_bytes()
    try:
        names: Any = json.loads(content)["paths"]
        if all(isinstance(each, str) for each in names.values()):
            return cast("dict[str, str]", names)
    except (ValueError, TypeError, LookupError, AttributeError):
        pass
    raise StaticFilesError(f"{shown(path)} is no manifest; run viperctl collectstatic again")
