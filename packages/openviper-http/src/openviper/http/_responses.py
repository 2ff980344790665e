"""Responses that are ours, and responses made of what handlers return."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from starlette.background import BackgroundTask
from starlette.datastructures import URL
from starlette.responses import JSONResponse as StarletteJSONResponse
from starlette.responses import PlainTextResponse, Response
from starlette.responses import RedirectResponse as StarletteRedirectResponse

from openviper.core.context import current_request, current_router

from ._json import dumps

__all__ = ["JSONResponse", "RedirectResponse", "to_response"]

# A route's name, as opposed to a URL: no slash, dot, question mark or number sign.
ROUTE_NAME = re.compile(r"[A-Za-z_][\w-]*(?::[A-Za-z_][\w-]*)*")


class JSONResponse(StarletteJSONResponse):
    """A response of JSON, written by orjson where it is installed."""

    def render(self, content: Any) -> bytes:
        return dumps(content)


class RedirectResponse(StarletteRedirectResponse):
    """Send the client elsewhere.

    Args:
        to: A URL (``/login``, ``./next``, ``https://example.org``), or the name of a route (``user``, ``api:user``).
        status_code: 307 keeps the method; 303 asks for the new place with GET, as after a form.
        headers: More of them.
        background: Runs once the response is sent.
        path_params: The named route's parameters.

    Raises:
        LookupError: ``to`` is a name and no route has it, or the parameters do not fit; or no request is being served.
    """

    def __init__(
        self,
        to: str | URL,
        status_code: int = 307,
        headers: Mapping[str, str] | None = None,
        background: BackgroundTask | None = None,
        **path_params: Any,
    ) -> None:
        url = _path_of_route(to, path_params) if isinstance(to, str) and ROUTE_NAME.fullmatch(to) else to
        if url is to and path_params:
            raise TypeError(
                f"RedirectResponse({str(to)!r}) is no route name, so it takes no {next(iter(path_params))!r}"
            )
        super().__init__(url, status_code, headers, background)


def _path_of_route(name: str, path_params: Mapping[str, Any]) -> str:
    router, request = current_router.get(), current_request.get()
    if router is None or request is None:
        raise LookupError(f"the route name {name!r} can only be resolved while a request is served; give a URL")
    root_path: str = request.scope.get("root_path", "")
    return root_path + str(router.url_path_for(name, **path_params))


def to_response(value: object) -> Response:
    """Make a response of what a handler returned.

    dict and list become JSON, str becomes plain text, ``None`` an empty 204.

    Raises:
        TypeError: It is nothing of these.
    """
    if isinstance(value, Response):
        return value
    if isinstance(value, dict | list):
        return JSONResponse(value)
    if isinstance(value, str):
        return PlainTextResponse(value)
    if value is None:
        return Response(status_code=204)
    raise TypeError(f"the handler returned {type(value).__name__}; expected a Response, dict, list, str or None")
