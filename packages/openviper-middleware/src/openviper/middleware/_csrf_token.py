"""The double-submit token: proof that a request comes from a page that this application made for this browser.

A token is a random nonce and a signature of it together with the value of the session cookie, its basis: a token of
another session is worth nothing, and none outlives a log-in. Where there is no session, the basis is empty, and the
nonce has to be that of the token in the CSRF cookie. (OWASP: Cross-Site Request Forgery Prevention, "signed
double-submit cookie".)

What a page shows is masked anew for each response, so that nobody learns it from the size of compressed responses
(BREACH). Both forms are accepted.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hmac import compare_digest
from secrets import token_bytes
from typing import TYPE_CHECKING
from weakref import ref

from openviper.core.response_send import FixedHeaders, ResponseSend
from openviper.middleware._csrf_cookie import cookie_values

if TYPE_CHECKING:
    from openviper.core.plain_middleware import Headers
    from openviper.core.signing import Signer
    from openviper.middleware._csrf_cookie import TokenCookie

__all__ = ["LazyToken", "TokenIssuer"]

_NONCE = 16
_RAW = _NONCE + 32
# 48 and 96 bytes: base64 of both has neither padding nor spare bits, so that each token has one spelling.
_PLAIN = re.compile(rb"[A-Za-z0-9_-]{64}")
_MASKED = re.compile(rb"[A-Za-z0-9_-]{128}")
_VARY = FixedHeaders(appended=[(b"vary", b"Cookie")])


class TokenIssuer:
    """Makes and checks tokens for one scheme.

    Args:
        signer: Signs them.
        cookie: Holds a browser's token.
        session_cookie: The name of the cookie whose value tokens belong to; ``""``: none.
        field_name: For templates: the form field that takes the token.
    """

    def __init__(self, signer: Signer, cookie: TokenCookie, session_cookie: str, field_name: str) -> None:
        self._signer = signer
        self._cookie = cookie
        self._session_cookie = session_cookie
        self.field_name = field_name

    def accepts(self, headers: Headers, given: bytes) -> bool:
        """Tell whether ``given`` is a token, masked or not, of the browser that sent ``headers``."""
        raw = _decoded(given)
        sessions = self._sessions(headers)
        if len(set(sessions)) > 1:
            # All but one were planted, and the application may read another one than we do.
            return False
        basis = _basis(sessions)
        if raw is None or not self._is_genuine(raw, basis):
            return False
        if basis:
            return True
        own = self._in_cookie(headers)
        return own is not None and compare_digest(own[:_NONCE], raw[:_NONCE])

    def issue(self, headers: Headers, send: ResponseSend | None) -> str:
        """Return a token, masked, for the page that is being made; its cookie is set where the browser has none.

        Args:
            headers: Of the request.
            send: Of the response; ``None`` once nothing holds it any more.

        Raises:
            RuntimeError: The browser has no valid cookie, and the response has begun without one.
            ImproperlyConfigured: There is no key to sign with, or browsers would drop the cookie.
        """
        basis = _basis(self._sessions(headers))
        raw = self._in_cookie(headers)
        is_open = send is not None and not send.started
        if raw is None or not self._is_genuine(raw, basis):
            if send is None or not is_open:
                raise RuntimeError(
                    "csrf_token was first read after the response had begun, and this browser has no cookie that goes "
                    "with it; read it before: str(request.state.csrf_token)"
                )
            raw = self._made(basis)
            send.append(b"set-cookie", self._cookie.header(_encoded(raw)))
        if send is not None and is_open:
            send.fix(_VARY)
        return _encoded(_masked(raw))

    def _sessions(self, headers: Headers) -> list[str]:
        return cookie_values(headers.get(b"cookie", b""), self._session_cookie) if self._session_cookie else []

    def _in_cookie(self, headers: Headers) -> bytes | None:
        """Return the token of the CSRF cookie; of several that differ none, for all but one were planted."""
        values = set(cookie_values(headers.get(b"cookie", b""), self._cookie.name))
        return _decoded(values.pop().encode("latin-1")) if len(values) == 1 else None

    def _made(self, basis: bytes) -> bytes:
        nonce = token_bytes(_NONCE)
        return nonce + self._signer.signature(_signed(basis, nonce))

    def _is_genuine(self, raw: bytes, basis: bytes) -> bool:
        return self._signer.verify_signature(_signed(basis, raw[:_NONCE]), raw[_NONCE:])


def _basis(sessions: list[str]) -> bytes:
    """Return the session cookie's value; of several the last, which is the one that most applications read."""
    return sessions[-1].encode("latin-1") if sessions else b""


class LazyToken(ref[ResponseSend]):
    """A request's CSRF token, made when it is first read: by ``str()``, or by a template.

    It is a weak reference to the request's send, which may set a cookie, as a ``Nonce`` is and for the same reasons.
    """

    __slots__ = ("_text", "headers", "issuer")

    #: Of the request, and what makes its token; set by whoever makes this.
    headers: Headers
    issuer: TokenIssuer
    _text: str

    def __str__(self) -> str:
        """Return the token, the same for the whole response.

        Raises:
            RuntimeError, ImproperlyConfigured: As :meth:`TokenIssuer.issue`.
        """
        try:
            return self._text
        except AttributeError:
            self._text = text = self.issuer.issue(self.headers, self())
            return text

    # Templates that escape what they are given take this as it is; its characters need no escaping.
    __html__ = __str__

    def __repr__(self) -> str:
        return "<LazyToken>"

    @property
    def field_name(self) -> str:
        """The form field that takes the token."""
        return self.issuer.field_name


def _signed(basis: bytes, nonce: bytes) -> bytes:
    # The length first: no other basis and nonce make the same text.
    return len(basis).to_bytes(8, "big") + basis + nonce


def _encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode("ascii")


def _decoded(text: bytes) -> bytes | None:
    """Return the token itself of either form; ``None`` for what is neither."""
    if _PLAIN.fullmatch(text):
        return urlsafe_b64decode(text)
    if _MASKED.fullmatch(text):
        both = urlsafe_b64decode(text)
        return _xor(both[:_RAW], both[_RAW:])
    return None


def _masked(raw: bytes) -> bytes:
    mask = token_bytes(_RAW)
    return mask + _xor(mask, raw)


def _xor(left: bytes, right: bytes) -> bytes:
    return (int.from_bytes(left, "big") ^ int.from_bytes(right, "big")).to_bytes(_RAW, "big")
