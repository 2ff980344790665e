"""How a handler is called: what it takes, and on which thread."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, TypeAlias, get_type_hints

import anyio.to_thread
from starlette.requests import HTTPConnection

from openviper.core.imports import closest

from ._pattern import PathTemplate

__all__ = ["Call", "bind_handler", "call_function", "handler_name", "is_async"]

#: Called with the request (or websocket) and the path parameters.
Call: TypeAlias = Callable[[Any, dict[str, Any]], Awaitable[Any]]

CONNECTION_NAMES = ("request", "websocket")


def bind_handler(handler: Callable[..., Any], template: PathTemplate) -> Call:
    """Return a function that calls ``handler`` with what it asks for, by name.

    A parameter named ``request`` or ``websocket``, or annotated with such a class, receives the connection; every
    other one is a path parameter of the same name. An ``async def`` runs on the event loop; a ``def`` in a thread, with
    the context variables of the request.

    Raises:
        ValueError: It asks for a parameter that the path does not have, or of another type than the path gives.
    """
    wanted, connection = _inspect(handler, template)
    target = handler if is_async(handler) else partial(_run_in_thread, handler)
    if connection is not None and not _takes_first(handler, connection):
        return partial(_call_by_name, target, connection, wanted)
    if set(wanted) != set(template.names):
        return partial(_call_with_some, target, connection is not None, wanted)
    # Those that nearly every handler is, without a layer between.
    if connection is None:
        return (lambda request, params: target(**params)) if wanted else (lambda request, params: target())
    if not wanted:
        return lambda request, params: target(request)
    return lambda request, params: target(request, **params)


def is_async(function: Callable[..., Any]) -> bool:
    """Tell whether calling ``function`` makes a coroutine: an ``async def``, one in a ``partial``, or an object's."""
    while isinstance(function, partial):
        function = function.func
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(getattr(function, "__call__", None))  # noqa: B004 - the function itself is wanted


def handler_name(handler: Callable[..., Any]) -> str:
    """Return ``module:qualified.name``, for error sentences."""
    named = handler.func if isinstance(handler, partial) else handler
    return f"{getattr(named, '__module__', '?')}:{getattr(named, '__qualname__', type(named).__qualname__)}"


async def call_function(function: Callable[..., Any], *args: Any) -> Any:
    """Call an async function, or a plain one in a thread with the context of this task, and return what it returns."""
    if is_async(function):
        return await function(*args)
    return await _run_in_thread(function, *args)


def _takes_first(handler: Callable[..., Any], name: str) -> bool:
    first = next(iter(inspect.signature(handler).parameters.values()))
    return first.name == name and first.kind is first.POSITIONAL_OR_KEYWORD


async def _run_in_thread(handler: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
    return await anyio.to_thread.run_sync(partial(handler, *args, **kwargs))


def _call_by_name(
    target: Callable[..., Awaitable[Any]],
    connection: str,
    wanted: tuple[str, ...],
    request: Any,
    params: dict[str, Any],
) -> Awaitable[Any]:
    return target(**{connection: request}, **{name: params[name] for name in wanted})


def _call_with_some(
    target: Callable[..., Awaitable[Any]],
    connected: bool,
    wanted: tuple[str, ...],
    request: Any,
    params: dict[str, Any],
) -> Awaitable[Any]:
    chosen = {name: params[name] for name in wanted}
    return target(request, **chosen) if connected else target(**chosen)


def _inspect(handler: Callable[..., Any], template: PathTemplate) -> tuple[tuple[str, ...], str | None]:
    """Return the path parameters that ``handler`` takes, and the name under which it takes the connection."""
    hints = _type_hints(handler)
    types = {name: convertor.type for name, convertor in template.params}
    wanted: list[str] = []
    connection: str | None = None
    for parameter in inspect.signature(handler).parameters.values():
        if parameter.kind is parameter.VAR_KEYWORD:
            wanted += [name for name in types if name not in wanted]
        elif parameter.name in types:
            _check_type(handler, template, parameter.name, hints.get(parameter.name), types[parameter.name])
            wanted.append(parameter.name)
        elif parameter.name in CONNECTION_NAMES or _is_connection(hints.get(parameter.name)):
            connection = parameter.name
        elif parameter.default is parameter.empty and parameter.kind is not parameter.VAR_POSITIONAL:
            known = ", ".join(("request", *types))
            raise ValueError(
                f"handler {handler_name(handler)} takes {parameter.name!r}, which is not in {template.text!r}"
                f"{closest(parameter.name, types)} (it can take {known})"
            )
        if parameter.kind is parameter.POSITIONAL_ONLY:
            raise ValueError(f"handler {handler_name(handler)}: {parameter.name!r} is positional-only; remove the '/'")
    return tuple(wanted), connection


def _type_hints(handler: Callable[..., Any]) -> Mapping[str, Any]:
    target: Any = handler
    while isinstance(target, partial):
        target = target.func  # pyright: ignore[reportUnknownMemberType] - typeshed leaves partial's function open
    if not inspect.isroutine(target):
        target = type(target).__call__
    try:
        return get_type_hints(target)
    except (NameError, AttributeError, TypeError):
        # A name that only a type checker sees: then the parameters' names decide alone.
        return {}


def _is_connection(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, HTTPConnection)


def _check_type(handler: Callable[..., Any], template: PathTemplate, name: str, hint: Any, given: type) -> None:
    if isinstance(hint, type) and hint is not object and not issubclass(given, hint):
        convertor = {"int": "int", "UUID": "uuid"}.get(hint.__name__)
        advice = f"write {{{name}:{convertor}}}" if convertor else f"annotate it as {given.__name__}"
        raise ValueError(
            f"handler {handler_name(handler)} takes {name}: {hint.__name__}, but {template.text!r} gives "
            f"{given.__name__}; {advice}"
        )
