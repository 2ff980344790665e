"""Names of templates, as they are given and perhaps forged."""

from __future__ import annotations

import re
from typing import Final
from unicodedata import normalize

from openviper.core.email.errors import TemplateError

__all__ = ["SUFFIXES", "check_path", "check_template_name"]

#: What a template makes: ``.md`` text and html, ``.html`` html alone, ``.txt`` text alone.
SUFFIXES: Final = (".md", ".html", ".txt")
_LONGEST = 1_024
_ENCODED = re.compile(r"%[0-9a-fA-F]{2}|%u[0-9a-fA-F]{4}")


def check_template_name(name: object) -> str:
    """Return the suffix of a template's name: one of ``SUFFIXES``.

    The name is a relative path with ``/``. One that could mean a file outside the folders, on any system and in any
    encoding, is refused, not repaired.

    Raises:
        TemplateError: It is not such a name; which, and why.
    """
    path = check_path(name)
    stem, dot, suffix = path.rpartition("/")[2].rpartition(".")
    if f"{dot}{suffix}" not in SUFFIXES or not stem:
        raise _refusal(path, f"does not end in {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}")
    return f".{suffix}"


def check_path(name: object) -> str:
    """Return the name of a template that another one uses: as :func:`check_template_name`, with any suffix or none.

    Raises:
        TemplateError: It is no such name; which, and why.
    """
    if not isinstance(name, str):
        raise TemplateError(f"template={name!r:.200} is of type {type(name).__name__}; expected a name: 'welcome.md'")
    problem = _problem(name)
    if problem:
        raise _refusal(name, problem)
    return name


def _refusal(name: str, problem: str) -> TemplateError:
    return TemplateError(
        f"template={name!r:.200} {problem}; expected a path within the templates folder: 'mail/welcome.md'"
    )


def _problem(name: str) -> str:
    if len(name) > _LONGEST:
        return f"has {len(name)} characters, of {_LONGEST} at most"
    if not name.isprintable():
        # What shows nothing means nothing to some file systems: "custom<U+200C>ers" is "customers".
        return "has a control character, or one that shows nothing"
    if _ENCODED.search(name):
        return "has an encoded character, which is not decoded"
    # Full-width dots and slashes are dots and slashes to some systems.
    for form in (name, normalize("NFKC", name)):
        problem = _path_problem(form)
        if problem:
            return problem
    return ""


def _path_problem(name: str) -> str:
    if name.startswith(("/", "\\", "~")) or ":" in name:
        return "is an absolute path"
    if "\\" in name:
        return "has a backslash"
    parts = name.split("/")
    # Windows takes "..." and ".. " for "..".
    if any(part != part.rstrip(" .") and not part.strip(" .") and part.count(".") > 1 for part in parts):
        return "leads out of the folder"
    if any(not part.strip(" .") or part != part.rstrip(" .") for part in parts):
        return "has a part that is empty or ends in a dot or a space"
    return ""
