"""The nonce of Content-Security-Policy: one a request, for those that read it."""

from __future__ import annotations

from secrets import token_urlsafe
from typing import TYPE_CHECKING
from weakref import ref

from openviper.middleware._csp import NONCE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from openviper.core.response_send import ResponseSend

__all__ = ["Nonce", "Policy"]


class Policy:
    """A policy as it is sent.

    Args:
        header: The header's name, in lower case.
        directives: Directive -> its sources, ``'nonce'`` among them.
    """

    __slots__ = ("_parts", "header", "plain")

    def __init__(self, header: bytes, directives: Mapping[str, Sequence[str]]) -> None:
        self.header = header
        #: What is sent where nobody read the nonce.
        self.plain = _written({name: _without_nonce(sources) for name, sources in directives.items()})
        self._parts = _written(directives).split(NONCE.encode("ascii"))

    @property
    def has_nonce(self) -> bool:
        """Whether a directive has the source ``'nonce'``."""
        return len(self._parts) > 1

    def with_nonce(self, nonce: str) -> bytes:
        """Return what is sent where the nonce was read."""
        return (b"'nonce-%b'" % nonce.encode("ascii")).join(self._parts)


class Nonce:
    """A request's nonce, made when it is first read: by ``str()``, or by a template.

    Reading it puts it into the policy of this response, which must not have begun.

    Args:
        send: That of the request.
        policies: Those that have the source ``'nonce'``.
    """

    __slots__ = ("_policies", "_send", "_value")

    def __init__(self, send: ResponseSend, policies: Iterable[Policy]) -> None:
        # It is kept in the scope, which the server's side of send holds: strongly, each request would be a cycle.
        self._send = ref(send)
        self._policies = policies
        self._value = ""

    def __str__(self) -> str:
        """Return the nonce, 128 random bits in URL-safe base64.

        Raises:
            RuntimeError: It is read first after the response began.
        """
        return self._value or self._made()

    # Templates that escape what they are given take this as it is; its characters need no escaping.
    __html__ = __str__

    def __repr__(self) -> str:
        return f"<Nonce {'read' if self._value else 'not read'}>"

    def _made(self) -> str:
        send = self._send()
        if send is None or send.started:
            raise RuntimeError(
                "csp_nonce was first read after the response had begun, so its Content-Security-Policy has no nonce; "
                "read it before: str(request.state.csp_nonce)"
            )
        self._value = token_urlsafe(16)
        for policy in self._policies:
            send.default(policy.header, policy.with_nonce(self._value))
        return self._value


def _without_nonce(sources: Sequence[str]) -> Sequence[str]:
    left = [source for source in sources if source != NONCE]
    # An empty list means the same, and looks like a mistake.
    return ["'none'"] if sources and not left else left


def _written(directives: Mapping[str, Sequence[str]]) -> bytes:
    return "; ".join(" ".join((name, *sources)) for name, sources in directives.items()).encode("ascii")
