"""The nonce of Content-Security-Policy: one a request, for those that read it."""

from __future__ import annotations

from secrets import token_urlsafe
from typing import TYPE_CHECKING
from weakref import ref

from openviper.core.response_send import ResponseSend

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openviper.middleware._csp import CSPHeader

__all__ = ["Nonce"]


class Nonce(ref[ResponseSend]):
    """A request's nonce, made when it is first read: by ``str()``, or by a template.

    Reading it puts it into the policy of this response, which must not have begun.

    It is a reference to the request's send, because every request makes one and few read theirs: an object in place of
    two, and no constructor. A weak one, because it is kept in the scope, which the server's side of send holds.
    """

    __slots__ = ("_value", "policies")

    #: Those that have the source ``'nonce'``; set by whoever makes this.
    policies: Iterable[CSPHeader]
    _value: str

    def __str__(self) -> str:
        """Return the nonce, 128 random bits in URL-safe base64.

        Raises:
            RuntimeError: It is read first after the response began.
        """
        try:
            return self._value
        except AttributeError:
            return self._made()

    # Templates that escape what they are given take this as it is; its characters need no escaping.
    __html__ = __str__

    def __repr__(self) -> str:
        return f"<Nonce {'read' if hasattr(self, '_value') else 'not read'}>"

    def _made(self) -> str:
        send = self()
        if send is None or send.started:
            raise RuntimeError(
                "csp_nonce was first read after the response had begun, so its Content-Security-Policy has no nonce; "
                "read it before: str(request.state.csp_nonce)"
            )
        self._value = token_urlsafe(16)
        for policy in self.policies:
            send.default(policy.header, policy.with_nonce(self._value))
        return self._value
