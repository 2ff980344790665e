"""The middleware contract, and the stack that is built by it.

Documented as ``openviper.middleware.base``; it stands here because the application builds the stack and knows no
sibling distribution.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from openviper.core.errors import ImproperlyConfigured
from openviper.core.imports import import_string
from openviper.core.types import ASGIApp, Receive, Scope, Send

__all__ = ["BaseMiddleware", "MiddlewareEntry", "build_middleware_stack"]

#: A class (anything callable as ``cls(app)``), a class with keyword arguments, or the dotted path of one.
MiddlewareEntry: TypeAlias = Callable[..., ASGIApp] | tuple[Callable[..., ASGIApp], Mapping[str, Any]] | str


class BaseMiddleware:
    """Hold the next application and pass everything on to it; subclasses override ``__call__``.

    A middleware sees every scope: ``http``, ``websocket``, ``lifespan`` and any later type, and passes on what is not
    its own.

    Args:
        app: The next application of the stack.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


def build_middleware_stack(
    app: ASGIApp, entries: Sequence[MiddlewareEntry], *, source: str = "settings.MIDDLEWARE"
) -> ASGIApp:
    """Wrap ``app`` in ``entries``, the first outermost.

    Args:
        app: The innermost application.
        entries: Classes, ``(class, kwargs)`` pairs or dotted paths.
        source: Where the entries stand, for error sentences.

    Raises:
        ImproperlyConfigured: An entry cannot be imported, is not a class or other callable, cannot be called as
            ``entry(app)``, raises, or makes something that is not callable. The message names the entry and its
            index; all entries are looked at before any is built.
    """
    problems: list[str] = []
    factories: list[tuple[int, MiddlewareEntry, Callable[..., ASGIApp], Mapping[str, Any]]] = []
    cause: Exception | None = None
    for index, entry in enumerate(entries):
        try:
            factory, options = _resolve(entry)
            inspect.signature(factory).bind(app, **options)
        except (ImportError, TypeError, ValueError) as error:
            problems.append(f"{source}[{index}] = {_name(entry)!r}: {error}")
            cause = cause or error
        else:
            factories.append((index, entry, factory, options))
    if problems:
        raise ImproperlyConfigured("\n".join(problems)) from cause

    for index, entry, factory, options in reversed(factories):
        app = _build(app, factory, options, f"{source}[{index}] = {_name(entry)!r}")
    return app


def _resolve(entry: MiddlewareEntry) -> tuple[Callable[..., ASGIApp], Mapping[str, Any]]:
    options: Mapping[str, Any] = {}
    target: Any = entry
    if isinstance(entry, tuple):
        target, options = entry
    if isinstance(target, str):
        target = import_string(target)
    if not callable(target):
        raise TypeError(f"is {type(target).__name__}, not a class; expected one that is called as cls(app)")
    return target, options


def _build(app: ASGIApp, factory: Callable[..., ASGIApp], options: Mapping[str, Any], place: str) -> ASGIApp:
    try:
        layer = factory(app, **options)
    except Exception as error:
        raise ImproperlyConfigured(f"{place} could not be built: {error}") from error
    if not callable(layer):
        raise ImproperlyConfigured(f"{place} made {type(layer).__name__}, not an ASGI application")
    return layer


def _name(entry: MiddlewareEntry) -> str:
    target = entry[0] if isinstance(entry, tuple) else entry
    if isinstance(target, str):
        return target
    return f"{target.__module__}.{getattr(target, '__qualname__', repr(target))}"
