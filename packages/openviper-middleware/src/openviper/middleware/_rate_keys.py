"""Who shares a limit: the key of a request."""

from __future__ import annotations

import inspect
import socket
from collections.abc import Callable
from typing import Any, TypeAlias, cast

from openviper.conf import ImproperlyConfigured
from openviper.core.context import current_user
from openviper.core.imports import import_string
from openviper.core.types import Scope
from openviper.middleware._routes import app_path, route_of, router_of

__all__ = ["RateLimitKey", "by_ip", "by_path", "by_user", "dotted_name", "key_function", "key_name"]

#: Returns what stands for all who share a limit; ``None``: the request is not limited.
RateLimitKey: TypeAlias = Callable[[Scope], str | None]

_MAPPED = bytes(10) + b"\xff\xff"
# No path, nor template: those begin with a slash.
_NO_ROUTE = "no route"
_EXPECTED = "expected 'ip', 'user', 'path', or a function of the scope or its dotted path"


def by_ip(scope: Scope) -> str:
    """Return the address of ``scope["client"]``: for IPv6 its first 64 bits, which is what one customer has.

    An IPv4 address that came in an IPv6 one (``::ffff:192.0.2.1``) is that IPv4 address. Those without an address, as
    over a unix socket, are one client.
    """
    client = scope.get("client")
    host: Any = (client[0] or "") if client else ""
    return _network(host) if ":" in host else host


def _network(host: str) -> str:
    try:
        address = socket.inet_pton(socket.AF_INET6, host.partition("%")[0])
    except (OSError, ValueError):
        # Whatever the server takes for an address, it is the same one each time.
        return host
    if address.startswith(_MAPPED):
        return socket.inet_ntoa(address[12:])
    return address[:8].hex()


def by_user(scope: Scope) -> str:
    """Return the id of the user, or the address of whoever is not logged in.

    The user is the one of :data:`openviper.core.context.current_user`, else ``scope["user"]``; their id is ``id``, else
    ``pk``, else ``username``, else what ``str()`` makes of them.

    Raises:
        TypeError: They have none of these: each object would be another client.
    """
    user = current_user.get() or scope.get("user")
    if not user or not getattr(user, "is_authenticated", True):
        return f"ip:{by_ip(scope)}"
    for name in ("id", "pk", "username"):
        found = getattr(user, name, None)
        if found is not None:
            return f"user:{found}"
    text: object = type(user).__str__
    if text is object.__str__:
        raise TypeError(f"the user, {type(user).__qualname__}, has no id, pk, username or text to be limited by")
    return f"user:{user}"


def by_path(scope: Scope) -> str:
    """Return the template of the route that the request takes, or its path inside an application without our router.

    Where our router finds no route, whatever the path, all requests are one: whoever tries paths out would otherwise
    have a new allowance with each, and fill the storage with them. So are those of another framework's application
    that is mounted in the router.
    """
    if router_of(scope) is None:
        return app_path(scope)
    route = route_of(scope)
    return _NO_ROUTE if route is None else route.path


_NAMED: dict[str, RateLimitKey] = {"ip": by_ip, "user": by_user, "path": by_path}


def key_function(key: str | RateLimitKey, source: str) -> RateLimitKey:
    """Return the function that ``key`` stands for.

    Args:
        key: ``ip``, ``user``, ``path``, a function, or the dotted path of one.
        source: Where it stands, for error sentences.

    Raises:
        ImproperlyConfigured: It is none of these, cannot be imported, or is a coroutine function.
    """
    if isinstance(key, str) and key in _NAMED:
        return _NAMED[key]
    function = _imported(key, source) if isinstance(key, str) else key
    if not callable(function):
        raise ImproperlyConfigured(f"{source}={key!r} is {type(function).__name__}; {_EXPECTED}")
    if inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(type(function).__call__):
        raise ImproperlyConfigured(f"{source}={key!r} is an async function; a key is found by a plain one")
    return _Checked(function)


def _imported(path: str, source: str) -> Any:
    if "." not in path and ":" not in path:
        raise ImproperlyConfigured(f"{source}={path!r} is no key; {_EXPECTED}")
    try:
        return import_string(path)
    except ImportError as error:
        raise ImproperlyConfigured(f"{source}={path!r} cannot be imported: {error}; {_EXPECTED}") from error


class _Checked:
    """A function of the user's, whose answers are looked at."""

    def __init__(self, function: Callable[[Scope], Any]) -> None:
        self.function = function

    def __call__(self, scope: Scope) -> str | None:
        key = self.function(scope)
        if key is None or type(key) is str:
            return key
        if inspect.iscoroutine(key):
            key.close()
        raise TypeError(
            f"the rate limit's key function {key_name(self)} returned {type(key).__name__}, not str or None"
        )


def key_name(function: RateLimitKey) -> str:
    """Return the name under which a storage keeps what ``function`` returns apart: ``ip``, ``shop.keys.by_tenant``."""
    for name, named in _NAMED.items():
        if function is named:
            return name
    return dotted_name(function.function if isinstance(function, _Checked) else function)


def dotted_name(function: Callable[..., Any]) -> str:
    """Return where ``function`` was defined, or the class of an object that is called like one."""
    target: Any = function if hasattr(function, "__qualname__") else cast("Any", type(function))
    return f"{target.__module__}.{target.__qualname__}"
