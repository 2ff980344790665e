"""The middleware contract, and the stack that is built by it.

Documented as ``openviper.middleware.base``; it stands here because the application builds the stack and knows no
sibling distribution.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias, cast

from openviper.core.error_text import error_line, error_text
from openviper.core.errors import ImproperlyConfigured
from openviper.core.imports import closest, import_string
from openviper.core.types import ASGIApp, Receive, Scope, Send

__all__ = ["BaseMiddleware", "MiddlewareEntry", "build_middleware_stack", "middleware_problems"]

#: A class (anything callable as ``cls(app)``), a class with keyword arguments, or the dotted path of one.
MiddlewareEntry: TypeAlias = Callable[..., ASGIApp] | tuple[Callable[..., ASGIApp] | str, Mapping[str, Any]] | str


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


def build_middleware_stack(app: ASGIApp, entries: Sequence[MiddlewareEntry], *, source: str = "entries") -> ASGIApp:
    """Wrap ``app`` in ``entries``, the first outermost.

    Args:
        app: The innermost application.
        entries: Classes, ``(class, kwargs)`` pairs or dotted paths.
        source: Where the entries stand, for error sentences: ``settings.MIDDLEWARE``.

    Raises:
        ImproperlyConfigured: An entry cannot be imported, is not a class or other callable, cannot be called as
            ``entry(app)``, raises, or makes something that is not callable. The message names the entry and its
            index, and holds every such entry; all are looked at before any is built.
    """
    layers, problems = _resolve_all(entries, source)
    if problems:
        raise ImproperlyConfigured("\n".join(line for line, _ in problems)) from problems[0][1]
    for place, factory, options in reversed(layers):
        app = _build(app, factory, options, place)
    return app


def middleware_problems(entries: Sequence[MiddlewareEntry], *, source: str = "entries") -> list[str]:
    """Return what is wrong with ``entries``, a line each, as :func:`build_middleware_stack` would say it.

    Every entry is imported and none is built, so what a class refuses when it is called is not found here.
    """
    return [line for line, _ in _resolve_all(entries, source)[1]]


class _UnusableEntry(Exception):
    """The message completes a sentence that starts with the entry."""


class _Layer(NamedTuple):
    """An entry that can be built."""

    place: str
    factory: Callable[..., ASGIApp]
    options: Mapping[str, Any]


def _resolve_all(
    entries: Sequence[MiddlewareEntry], source: str
) -> tuple[list[_Layer], list[tuple[str, Exception | None]]]:
    """Import every entry; return those that can be built, and a line with its cause for each of the others."""
    if isinstance(entries, str):
        return [], [(f"{source} = {entries!r} is one string; expected a sequence: ({entries!r},)", None)]
    layers: list[_Layer] = []
    problems: list[tuple[str, Exception | None]] = []
    for index, entry in enumerate(entries):
        place = f"{source}[{index}] = {_name(entry)}"
        try:
            layers.append(_Layer(place, *_resolve(entry)))
        except Exception as error:
            problems.append((f"{place} {_problem(error)}", error))
    return layers, problems


def _problem(error: Exception) -> str:
    if isinstance(error, _UnusableEntry):
        return str(error)
    return f"cannot be imported: {error_line(error)}"


def _resolve(entry: MiddlewareEntry) -> tuple[Callable[..., ASGIApp], Mapping[str, Any]]:
    target, options = _parts(entry)
    if not isinstance(options, Mapping):
        raise _UnusableEntry("is a tuple; expected (class, {keyword: argument})")
    if isinstance(target, str):
        target = import_string(target)
    if not callable(target):
        raise _UnusableEntry(f"is {type(target).__name__}, not a class; expected one that is called as cls(app)")
    if inspect.iscoroutinefunction(target):
        raise _UnusableEntry("is an async function; expected a class that is called as cls(app)")
    factory: Any = target
    arguments = cast("Mapping[str, Any]", options)
    _fit(factory, arguments)
    return factory, arguments


def _fit(factory: Callable[..., ASGIApp], options: Mapping[str, Any]) -> None:
    """Refuse a factory that does not take an application and ``options``, before anything is built."""
    try:
        signature = inspect.signature(factory)
    except ValueError:
        # Compiled code may not tell its signature; the call will show.
        return
    try:
        signature.bind(None, **options)
    except TypeError as error:
        call = ", ".join(["app", *(f"{name}=..." for name in options)])
        takes = ", ".join(signature.parameters) or "nothing"
        meant = _nearest_keyword(signature, options)
        raise _UnusableEntry(f"cannot be called as cls({call}): {error}; it takes {takes}{meant}") from error


def _nearest_keyword(signature: inspect.Signature, options: Mapping[str, Any]) -> str:
    """What may be meant by the first keyword that ``signature`` does not have."""
    unknown = next((name for name in options if name not in signature.parameters), None)
    return "" if unknown is None else closest(unknown, (name for name in signature.parameters if name not in options))


def _build(app: ASGIApp, factory: Callable[..., ASGIApp], options: Mapping[str, Any], place: str) -> ASGIApp:
    try:
        layer: object = factory(app, **options)
    except Exception as error:
        # What says what is wrong with a setting is a sentence of its own.
        reason = error_text(error) if isinstance(error, ImproperlyConfigured) else error_line(error)
        raise ImproperlyConfigured(f"{place} could not be built: {reason}") from error
    if not callable(layer):
        raise ImproperlyConfigured(f"{place} made {type(layer).__name__}, not an ASGI application")
    return layer


def _name(entry: MiddlewareEntry) -> str:
    """Name what stands in the list; never by its repr, which may show its arguments."""
    target = _parts(entry)[0]
    if isinstance(target, str):
        return repr(target)
    try:
        return f"{target.__module__}.{target.__qualname__}"
    except Exception:
        # It has none, or answers to no name at all.
        return f"<{type(target).__qualname__}>"


def _parts(entry: Any) -> tuple[Any, Any]:
    """Return what is to be called and its keyword arguments, ``None`` for a tuple of another form."""
    if not isinstance(entry, tuple):
        return entry, {}
    parts = cast("tuple[object, ...]", entry)
    return (parts[0], parts[1]) if len(parts) == 2 else (parts, None)
