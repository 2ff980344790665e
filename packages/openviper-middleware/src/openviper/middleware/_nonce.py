"""The nonce of Content-Security-Policy: one a request, for those that read it."""

from __future__ import annotations

from secrets import token_urlsafe
from typing import TYPE_CHECKING
from weakref import ref

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openviper.core.response_send import ResponseSend
    from openviper.middleware._csp import CSPHeader

__all__ = ["Nonce"]


class Nonce:
    """A request's nonce, made when it is first read: by ``str()``, or by a template.

    Reading it puts it into the policy of this response, which must not have begun.

    Args:
        send: That of the request.
        policies: Those that have the source ``'nonce'``.
    """

    __slots__ = ("_policies", "_send", "_value")

    def __init__(self, send: ResponseSend, policies: Iterable[CSPHeader]) -> None:
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
