"""What is sent: a status, some headers and bytes, each under the policy that its kind needs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from openviper.core.types import Send

__all__ = ["Response", "file_response", "frame_response", "json_response", "page_response", "redirect", "send_response"]

# In bytes or characters: what is written to a slow client at a time, and what is encoded by one call, which keeps the
# interpreter, and with it the event loop, to itself.
_CHUNK = 256 * 1024

_ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
#: Of our own pages: nothing runs, and nothing comes from anywhere else. The frame is that of a mail.
_PAGE_POLICY = (
    b"default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; "
    b"frame-ancestors 'none'"
)
#: Of a mail's html, which anybody may have written. `sandbox` keeps scripts, forms and this origin from it in a tab of
#: its own too; its links open new tabs that are not sandboxed.
_FRAME_POLICY = (
    "default-src 'none'; img-src data:{images}; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)
_FILE_POLICY = b"default-src 'none'; sandbox; frame-ancestors 'none'"


@dataclass(frozen=True, slots=True)
class Response:
    """An answer that is complete."""

    status: int
    body: bytes
    #: Names in lower case. Content-Length is added.
    headers: tuple[tuple[bytes, bytes], ...]


def page_response(html: str, status: int = 200, headers: tuple[tuple[bytes, bytes], ...] = ()) -> Response:
    """Return one of our own pages."""
    return Response(
        status,
        # What is no character at all, half of a pair, must not break a page.
        html.encode("utf-8", "replace"),
        (
            *_ALWAYS,
            *headers,
            (b"content-type", b"text/html; charset=utf-8"),
            (b"content-security-policy", _PAGE_POLICY),
            (b"x-frame-options", b"DENY"),
            # Not no-referrer, with which old browsers would say "Origin: null" of our own forms.
            (b"referrer-policy", b"same-origin"),
        ),
    )


def frame_response(html: bytes, *, remote: bool) -> Response:
    """Return the html of a mail, for the frame in our page.

    Args:
        html: The document, in UTF-8.
        remote: Whether its images may come from elsewhere.
    """
    policy = _FRAME_POLICY.format(images=" http: https:" if remote else "")
    return Response(
        200,
        html,
        (
            *_ALWAYS,
            (b"content-type", b"text/html; charset=utf-8"),
            (b"content-security-policy", policy.encode("ascii")),
            (b"x-frame-options", b"SAMEORIGIN"),
            (b"referrer-policy", b"no-referrer"),
            # A policy is nothing to a browser that looks up the names in links before anybody follows one.
            (b"x-dns-prefetch-control", b"off"),
            # A sandboxed document with any other is not shown at all (HTML, 7.4.5).
            (b"cross-origin-opener-policy", b"unsafe-none"),
        ),
    )


def file_response(
    content: bytes, disposition: str | None, content_type: bytes = b"application/octet-stream"
) -> Response:
    """Return a file.

    Args:
        content: Its bytes.
        disposition: The value of Content-Disposition; ``None``: shown where it is, which is for our own files alone.
        content_type: Of our own files; that of others is never believed.
    """
    own = () if disposition is None else ((b"content-disposition", disposition.encode("ascii")),)
    policies = ((b"content-security-policy", _FILE_POLICY), (b"referrer-policy", b"no-referrer"))
    return Response(200, content, (*_ALWAYS, (b"content-type", content_type), *policies, *own))


def json_response(
    data: Mapping[str, Any] | None, status: int = 200, headers: tuple[tuple[bytes, bytes], ...] = ()
) -> Response:
    """Return ``data`` as JSON; ``None`` with status 204: nothing."""
    body = b"" if data is None else "".join(_json(data)).encode("ascii") + b"\n"
    return Response(
        status,
        body,
        (
            *_ALWAYS,
            *headers,
            (b"content-type", b"application/json"),
            (b"content-security-policy", _FILE_POLICY),
        ),
    )


def _json(data: Mapping[str, Any]) -> Iterator[str]:
    """Write an object as ``json.dumps`` does, its long texts in pieces."""
    yield "{"
    for number, (name, value) in enumerate(data.items()):
        yield f"{',' if number else ''}\n  {json.dumps(name)}: "
        if isinstance(value, str):
            pieces = (value[begin : begin + _CHUNK] for begin in range(0, len(value), _CHUNK))
            yield from ('"', *(json.dumps(each)[1:-1] for each in pieces), '"')
        else:
            yield json.dumps(value, indent=2).replace("\n", "\n  ")
    yield "\n}"


def redirect(path: str) -> Response:
    """Return the answer to a form: go to ``path``, which is ASCII, with GET (RFC 9110, 15.4.4)."""
    return Response(
        303, b"", (*_ALWAYS, (b"location", path.encode("ascii")), (b"content-security-policy", _FILE_POLICY))
    )


async def send_response(response: Response, send: Send, *, with_body: bool = True) -> None:
    """Send it, large bodies in pieces.

    Args:
        response: What to send.
        send: Of the request.
        with_body: ``False`` for HEAD, which is told the length alone.
    """
    body = response.body
    length = () if response.status == 204 else ((b"content-length", str(len(body)).encode("ascii")),)
    start = {"type": "http.response.start", "status": response.status, "headers": [*response.headers, *length]}
    await send(start)
    if with_body:
        for begin in range(0, len(body) - _CHUNK, _CHUNK):
            await send({"type": "http.response.body", "body": body[begin : begin + _CHUNK], "more_body": True})
    last = (len(body) - 1) // _CHUNK * _CHUNK if with_body and body else len(body)
    await send({"type": "http.response.body", "body": body[last:]})
