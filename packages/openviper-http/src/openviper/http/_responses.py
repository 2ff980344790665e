"""Responses that are ours, and responses made of what handlers return."""

from __future__ import annotations

import re
from collections.abc import Mapping
from inspect import isawaitable
from typing import Any

from starlette.background import BackgroundTask
from starlette.datastructures import URL
from starlette.responses import JSONResponse as StarletteJSONResponse
from starlette.responses import PlainTextResponse, Response
from starlette.responses import RedirectResponse as StarletteRedirectResponse

from ._json import dumps
from ._urls import path_of_route

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
        ValueError: ``to`` is a URL and there are parameters.
    """

    def __init__(
        self,
        to: str | URL,
        status_code: int = 307,
        headers: Mapping[str, str] | None = None,
        background: BackgroundTask | None = None,
        **path_params: Any,
    ) -> None:
        url = path_of_route(to, **path_params) if isinstance(to, str) and ROUTE_NAME.fullmatch(to) else to
        if url is to and path_params:
            raise ValueError(
                f"RedirectResponse({str(to)!r}) is no route name, so it takes no {next(iter(path_params))!r}"
            )
        super().__init__(url, status_code, headers, background)


def to_response(value: object) -> Response:
    """Make a response of what a handler returned.

    dict and list become JSON, str becomes plain text, ``None`` an empty 204.

    Raises:
        ValueError: It is nothing of these.
    """
    if isinstance(value, Response):
        return value
    if isinstance(value, dict | list):
        return JSONResponse(value)
    if isinstance(value, str):
        return PlainTextResponse(value)
    if value is None:
        return Response(status_code=204)
    if isawaitable(value):
        raise ValueError(f"the handler returned {type(value).__name__}: an await is missing in front of what it calls")
    raise ValueError(f"the handler returned {type(value).__name__}; expected a Response, dict, list, str or None")
