"""The one ``send`` that a stack's layers share: it knows whether the response began, and adds headers to it.

Each layer would wrap ``send`` to add its headers. Neighbours share one wrapper instead::

    FIXED = FixedHeaders([(b"x-content-type-options", b"nosniff")])

    response = response_send(send)      # send itself where a layer outside has made it
    response.fix(FIXED)
    await self.app(scope, receive, response)

A layer between them that wraps ``send`` itself ends the sharing. What is sent is the same: a default of an inner layer
stands before that of an outer one, which would find it there, and what an outer layer replaces stays replaced.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterable

    from openviper.core.types import Message, Receive, Send

__all__ = ["FixedHeaders", "ResponseSend", "response_send"]

Field: TypeAlias = "tuple[bytes, bytes]"

_STARTS = frozenset({"http.response.start", "websocket.http.response.start", "websocket.accept"})
# After these, extensions of ASGI, any response can still be sent.
_BEFORE = frozenset({"http.response.debug", "http.response.early_hint", "http.response.push"})


class FixedHeaders:
    """Headers that are the same for many responses.

    Args:
        defaults: Added where the response has none of the name.
        appended: Added beside those of the name that are there; for ``Vary``.
        replacing: Set in place of those of the name that are there. Names are in lower case.
        removing: Names whose headers are taken away.
    """

    __slots__ = ("appended", "defaults", "everything", "names", "replaced", "replacing", "sums")

    def __init__(
        self,
        defaults: Iterable[Field] = (),
        appended: Iterable[Field] = (),
        replacing: Iterable[Field] = (),
        removing: Iterable[bytes] = (),
    ) -> None:
        self.replacing = tuple(replacing)
        #: Whose headers are taken away, with or without another in their place.
        set_here = frozenset(name for name, _ in self.replacing)
        self.replaced = set_here.union(removing)
        self.defaults = tuple(field for field in defaults if field[0] not in set_here)
        self.appended = tuple(appended)
        #: What a response may not have, for :attr:`everything` to be added to it as it is.
        self.names = self.replaced.union(name for name, _ in self.defaults)
        self.everything = (*self.replacing, *self.defaults, *self.appended)
        #: With others, as far as they were asked for; see :meth:`plus`.
        self.sums: dict[FixedHeaders, FixedHeaders] = {}

    def plus(self, other: FixedHeaders) -> FixedHeaders:
        """Return both together, made once.

        Of a name that both have a default for, the value of ``other``, which is that of an inner layer; of a name that
        both replace, the value of ``self``.
        """
        found = self.sums.get(other)
        if found is None:
            inner = [field for field in other.defaults if field[0] not in self.replaced]
            defaults = [field for field in self.defaults if field[0] not in dict(inner)]
            appended = [field for field in other.appended if field not in self.appended]
            replacing = [field for field in other.replacing if field[0] not in self.replaced]
            found = self.sums[other] = FixedHeaders(
                (*defaults, *inner),
                (*self.appended, *appended),
                (*self.replacing, *replacing),
                self.replaced | other.replaced,
            )
        return found

    def added_to(self, headers: list[Field]) -> list[Field]:
        """Return ``headers`` with these, where some of :attr:`names` are among them."""
        kept = [field for field in headers if field[0] not in self.replaced]
        present = dict(kept)
        defaults = [field for field in self.defaults if field[0] not in present]
        return [*kept, *self.replacing, *defaults, *self.appended]


_NOTHING = FixedHeaders()


class ResponseSend:
    """A ``send`` that remembers whether a response has begun, and completes its headers when it begins."""

    __slots__ = (
        # Weakly: what a request keeps in its scope must not hold the send of a server that holds the scope.
        "__weakref__",
        "_appended",
        "_defaults",
        "_fixed",
        "_incomplete",
        "_replaced",
        "receive",
        "request",
        "send",
        "started",
    )

    def __init__(self, send: Send) -> None:
        self.send = send
        #: What an application knows the request by, and the ``receive`` that it gave its stack along with this object:
        #: whoever is given both has the request as it came. ``None``: nobody said.
        self.request: object = None
        self.receive: Receive | None = None
        #: Whether a response, or an accepted websocket, has begun: no other can be sent.
        self.started = False
        self._incomplete = False
        self._fixed = _NOTHING
        self._replaced: dict[bytes, bytes] | None = None
        self._defaults: dict[bytes, bytes] | None = None
        self._appended: list[Field] | None = None

    def __call__(self, message: Message) -> Awaitable[None]:
        if self.started:
            return self.send(message)
        kind = message["type"]
        self.started = kind not in _BEFORE
        if self._incomplete and kind in _STARTS:
            self._incomplete = False
            # Names are in lower case, by the ASGI specification; a header in another case would be there twice.
            headers = [(name.lower(), value) for name, value in message.get("headers", ())]
            # The caller may send its message again.
            message = {**message, "headers": self._completed(headers)}
        return self.send(message)

    def begin(self, headers: list[Field]) -> list[Field]:
        """Return ``headers`` with those that are to be added, for whoever begins the response by :attr:`send` itself.

        Args:
            headers: Those of the response; the list may be altered.
        """
        self.started = True
        if not self._incomplete:
            return headers
        self._incomplete = False
        return self._completed(headers)

    def fix(self, headers: FixedHeaders) -> None:
        """Add ``headers``; once, however often it is called with the same object."""
        self._incomplete = True
        fixed = self._fixed
        # Most sums are known: no call.
        self._fixed = headers if fixed is _NOTHING else fixed.sums.get(headers) or fixed.plus(headers)

    def replace(self, name: bytes, value: bytes) -> None:
        """Set a header of this response, in place of any of its name."""
        self._incomplete = True
        if self._replaced is None:
            self._replaced = {name: value}
        else:
            self._replaced[name] = value

    def default(self, name: bytes, value: bytes) -> None:
        """Set a header of this response where it has none of the name, before any that is fixed."""
        self._incomplete = True
        if self._defaults is None:
            self._defaults = {name: value}
        else:
            self._defaults[name] = value

    def append(self, name: bytes, value: bytes) -> None:
        """Add a header to this response, beside those of its name; for Set-Cookie."""
        self.extend([(name, value)])

    def extend(self, fields: list[Field]) -> None:
        """Add headers to this response, beside those of their names; the list is not to be altered any more."""
        self._incomplete = True
        self._appended = fields if self._appended is None else [*self._appended, *fields]

    def _completed(self, headers: list[Field]) -> list[Field]:
        replaced = self._replaced
        if replaced is not None:
            for name, _ in headers:
                if name in replaced:
                    headers = [field for field in headers if field[0] not in replaced]
                    break
            headers += replaced.items()
        if self._defaults is not None:
            present = dict(headers)
            headers += [field for field in self._defaults.items() if field[0] not in present]
        names = self._fixed.names
        for name, _ in headers:
            if name in names:
                headers = self._fixed.added_to(headers)
                break
        else:
            headers += self._fixed.everything
        if self._appended is not None:
            headers += self._appended
        return headers


def response_send(send: Send) -> ResponseSend:
    """Return ``send`` itself where it is a :class:`ResponseSend`, else one around it."""
    return send if isinstance(send, ResponseSend) else ResponseSend(send)
