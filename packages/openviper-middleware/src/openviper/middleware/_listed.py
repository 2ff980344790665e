"""What stands in ``settings.MIDDLEWARE``, told apart without importing what is not listed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from openviper.core.imports import import_string

__all__ = ["Listed", "listed"]

_KINDS = {
    f"openviper.middleware.{module}.{name}": module
    for module, name in (
        ("requestid", "RequestIdMiddleware"),
        ("proxy", "ProxyHeadersMiddleware"),
        ("security", "SecurityMiddleware"),
        ("cors", "CORSMiddleware"),
        ("error", "ServerErrorMiddleware"),
        ("csrf", "CSRFMiddleware"),
        ("ratelimit", "RateLimitMiddleware"),
    )
}


@dataclass(frozen=True, slots=True)
class Listed:
    """An entry that is one of this package's, or a subclass of one, or authenticates."""

    index: int
    #: As it stands in the list.
    path: str
    #: The module of its class: ``cors``; or ``auth`` for anybody's ``AuthenticationMiddleware``.
    kind: str
    #: The class, where it is this package's own: what a subclass makes of the settings is not known.
    own: type[Any] | None

    def __str__(self) -> str:
        return f"settings.MIDDLEWARE[{self.index}] = {self.path!r}"

    def repeats(self, other: Listed) -> bool:
        """Whether both are the same class of this package."""
        return self.own is not None and self.own is other.own


def listed(paths: tuple[str, ...]) -> list[Listed]:
    """Return the entries that are known, in their order; one that cannot be imported is the core's to report."""
    found: list[Listed] = []
    for index, path in enumerate(paths):
        try:
            target = import_string(path)
        except Exception:  # noqa: S112 - whatever the user's module raises
            continue
        for cls in _classes(target):
            kind = _kind(cls)
            if kind:
                found.append(Listed(index, path, kind, target if cls is target and kind != "auth" else None))
                break
    return found


def _classes(target: Any) -> tuple[type[Any], ...]:
    while isinstance(target, partial):
        target = target.func
    return target.__mro__ if isinstance(target, type) else ()


def _kind(cls: type[Any]) -> str | None:
    return "auth" if cls.__name__ == "AuthenticationMiddleware" else _KINDS.get(f"{cls.__module__}.{cls.__qualname__}")
