"""Which templates ``EMAIL_UNTRUSTED_TEMPLATES`` names."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import lru_cache
from unicodedata import normalize

__all__ = ["is_untrusted"]


@lru_cache(maxsize=1_024)
def is_untrusted(template: str, patterns: tuple[str, ...]) -> bool:
    """Tell whether a pattern fits a name, or a folder that it is in.

    What some file system takes for one name is one here: upper and lower case, and the normal forms of Unicode. A
    pattern that says ``./customers/*`` or ``customers/`` means ``customers/*``.
    """
    names = (template.lower(), _folded(template))
    written = (form for pattern in patterns for form in _forms(pattern))
    return any(fnmatchcase(name, form) for form in written for name in names)


def _forms(pattern: str) -> Iterator[str]:
    path = posixpath.normpath(pattern.replace("\\", "/")).lstrip("/")
    for form in (pattern, path, f"{path}/*"):
        yield form.lower()
        yield _folded(form)


def _folded(text: str) -> str:
    return normalize("NFKC", normalize("NFKC", normalize("NFD", text).casefold()).casefold())
