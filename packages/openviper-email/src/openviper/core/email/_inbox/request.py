"""A request for one of our pages, read from its scope."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast
from urllib.parse import parse_qsl

from openviper.core.email._inbox.rendering import Links
from openviper.core.errors import ImproperlyConfigured
from openviper.core.types import Scope

__all__ = ["CSRFField", "Request", "read_request"]

_LONGEST = 200


@dataclass(frozen=True, slots=True)
class CSRFField:
    """A hidden field of forms."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for."""

    method: str
    #: Of the path below the mount: ``("messages", "x", "text")``; ``()``: the list.
    segments: tuple[str, ...]
    query: dict[str, str]
    links: Links
    _scope: Scope

    @property
    def wants_json(self) -> bool:
        """Whether it is one for the API."""
        return self.segments[:1] == ("api",)

    def page(self) -> int:
        """Return ``?page=``, from 1."""
        text = self.query.get("page", "")
        return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 7 else 1

    def csrf(self) -> CSRFField | None:
        """Return the field that CSRFMiddleware looks for; ``None``: there is none in front of us."""
        token = _state(self._scope, "csrf_token")
        if token is None:
            return None
        try:
            return CSRFField(str(getattr(token, "field_name", "csrfmiddlewaretoken")), str(token))
        except (RuntimeError, ImproperlyConfigured):
            # It has no key to sign with; then it asks for no token either.
            return None


def read_request(scope: Scope) -> Request:
    """Return the request of an ``http`` scope."""
    root: str = scope.get("root_path", "").rstrip("/")
    path: str = scope["path"]
    # A server that leaves root_path out of path (ASGI servers before 2023) means the same page.
    if root and (path == root or path.startswith(root + "/")):
        path = path[len(root) :]
    segments = tuple(path.strip("/").split("/")) if path.strip("/") else ()
    return Request(scope["method"], segments, _query(scope.get("query_string", b"")), Links(root), scope)


def _query(raw: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(raw.decode("utf-8", "replace"), max_num_fields=20)
    except ValueError:
        return {}
    return {name: value.strip()[:_LONGEST] for name, value in pairs}


def _state(scope: Scope, name: str) -> object:
    state: object = scope.get("state")
    return cast("Mapping[str, object]", state).get(name) if isinstance(state, Mapping) else None
