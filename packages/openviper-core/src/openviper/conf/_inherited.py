"""The type of a setting that is assigned without annotation."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

from openviper.conf._declare import own_annotations
from openviper.conf._hints import Unresolved, resolved
from openviper.conf._installed import installed_hint, installed_sections
from openviper.conf._shown import shown
from openviper.core.imports import closest

__all__ = ["hint_for"]


def hint_for(cls: type, owner: type, name: str) -> Any:
    """Return the annotation that ``cls`` inherits for ``name``, else that of the installed section which declares it.

    Raises:
        LookupError: Nobody declares it; the message is a whole error sentence, for the body of ``owner``.
    """
    for base in cls.__mro__[1:]:
        if name in (written := own_annotations(base)):
            hint = resolved(written[name], base)
            return hint.text if isinstance(hint, Unresolved) else hint
    hint = installed_hint(name)
    if hint is None:
        raise LookupError(_problem(cls, owner, name))
    return hint


def _problem(cls: type, owner: type, name: str) -> str:
    value = vars(owner)[name]
    sections = (*(base for base in cls.__mro__[1:] if is_dataclass(base)), *installed_sections().sections)
    known = sorted({each.name for section in sections for each in fields(section)})
    return (
        f"{owner.__name__}.{name}={shown(name, value)} ({owner.__module__}) is no known setting and has no annotation; "
        f"write {name}: {type(value).__name__} = ... if it is the project's own{closest(name, known)}"
    )
