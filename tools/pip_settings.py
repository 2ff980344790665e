"""Hand pip's configuration on to uv, which reads none of it.

Somebody whose pip goes through a mirror, a proxy, a private certificate or a folder of wheels expects the same of
``./dev``.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["PYTHON_WITH_PIP", "for_uv", "parse", "translate"]

#: In an activated `.venv` the Python that it was made of: `.venv` itself may have to be made anew.
PYTHON_WITH_PIP = os.path.realpath(sys.executable)

# pip's option, uv's variable, and how uv separates several values (None: it takes one).
TRANSLATIONS = (
    ("index-url", "UV_DEFAULT_INDEX", None),
    ("extra-index-url", "UV_INDEX", " "),
    ("find-links", "UV_FIND_LINKS", ","),
    ("trusted-host", "UV_INSECURE_HOST", " "),
    ("cert", "SSL_CERT_FILE", None),
    ("proxy", "ALL_PROXY", None),
    ("timeout", "UV_HTTP_TIMEOUT", None),
    ("default-timeout", "UV_HTTP_TIMEOUT", None),
)


def for_uv(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The variables that make uv install from where pip does; those that ``environ`` sets are left out."""
    listing = subprocess.run(
        [PYTHON_WITH_PIP, "-m", "pip", "config", "list"], env=dict(environ), capture_output=True, text=True, check=False
    )
    if listing.returncode:  # No pip beside this Python: then nothing configures it either.
        return {}
    return {name: value for name, value in translate(parse(listing.stdout)).items() if name not in environ}


def parse(listing: str) -> dict[str, str]:
    """The effective options in the output of ``pip config list``, whose later sources win."""
    options: dict[str, str] = {}
    for line in listing.splitlines():
        key, _, value = line.partition("=")
        section, _, name = key.rpartition(".")
        if section in ("global", "install", ":env:"):
            options[name] = str(ast.literal_eval(value))
    return options


def translate(options: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for option, variable, separator in TRANSLATIONS:
        values = options.get(option, "").split()
        if values:
            found.setdefault(variable, values[0] if separator is None else separator.join(values))
    if "UV_INDEX" in found:
        found["UV_INDEX_STRATEGY"] = "unsafe-best-match"  # What pip does: the best version of all indexes.
    if options.get("no-index", "").lower() in ("1", "true", "yes", "on"):
        found["UV_OFFLINE"] = "1"
    return found
