"""Requests and responses: Starlette's, and where that is not enough, our own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.background import BackgroundTask, BackgroundTasks
from starlette.datastructures import URL, FormData, Headers, QueryParams, UploadFile
from starlette.exceptions import HTTPException, WebSocketException
from starlette.requests import ClientDisconnect
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response, StreamingResponse
from starlette.websockets import WebSocket, WebSocketDisconnect

from openviper._settings.http import HttpSettings

from ._json import dumps
from ._request import Request
from ._responses import JSONResponse, RedirectResponse, to_response

if TYPE_CHECKING:
    from ._templates import TemplateResponse

__all__ = [
    "URL",
    "BackgroundTask",
    "BackgroundTasks",
    "ClientDisconnect",
    "FileResponse",
    "FormData",
    "HTMLResponse",
    "HTTPException",
    "Headers",
    "HttpSettings",
    "JSONResponse",
    "PlainTextResponse",
    "QueryParams",
    "RedirectResponse",
    "Request",
    "Response",
    "StreamingResponse",
    "TemplateResponse",
    "UploadFile",
    "WebSocket",
    "WebSocketDisconnect",
    "WebSocketException",
    "dumps",
    "to_response",
]


def __getattr__(name: str) -> Any:
    # Jinja2 is an extra: only who asks for templates needs it.
    if name == "TemplateResponse":
        from ._templates import TemplateResponse  # noqa: PLC0415

        return TemplateResponse
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
