"""A message on its way: who has an answer, who waits for one, and until when."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from openviper.core.email._building.characters import printable
from openviper.core.email.results import DeliveryResult, Outcome, RecipientResult

if TYPE_CHECKING:
    from openviper.core.email._sending.turns import Turn
    from openviper.core.email._smtp.connection import Connection
    from openviper.core.email._smtp.extensions import Extensions
    from openviper.core.email.message import EmailMessageData, WireMessage

__all__ = ["Delivery", "Wires"]

# RFC 5321, 4.5.3.1.8: so many every server has to take in one transaction.
_RECIPIENTS = 100
_NO_SMTPUTF8 = "the server has no SMTPUTF8, which characters beyond ASCII before '@' need"


@dataclass(frozen=True, slots=True)
class Wires:
    """A message as bytes, for servers of either kind."""

    #: For all servers; ``None``: it cannot be sent without SMTPUTF8.
    plain: WireMessage | None
    #: For servers with SMTPUTF8; ``None``: it is the same as the other.
    utf8: WireMessage | None = None


class Delivery:
    """One message, for the recipients of its envelope.

    The time until ``deadline`` runs from now on; with a ``turn``, which a message of a batch has, from :meth:`begin`.
    """

    def __init__(self, data: EmailMessageData, wires: Wires, deadline: float, turn: Turn | None = None) -> None:
        self.data = data
        self.wires = wires
        #: On the loop's clock.
        self.deadline = deadline
        #: Recipients for whom no transaction is open.
        self.waiting = list(data.envelope_recipients)
        #: How many recipients a transaction takes.
        self.batch = _RECIPIENTS
        #: Whether it had to go over another connection, since one turned out dead; that happens once.
        self.was_moved = False
        #: Why nothing more is to be done for it; empty: something is.
        self.over = ""
        #: The connection that works for it, and for nobody else's message before it.
        self.connection: Connection | None = None
        self._results: dict[str, RecipientResult] = {}
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._turn = turn
        self._since = asyncio.get_running_loop().time() if turn is not None else 0.0

    @property
    def awaits_turn(self) -> bool:
        """Whether its clock does not run yet."""
        return self._turn is not None

    @property
    def was_answered(self) -> bool:
        """Whether a server said something to it, and not only to whoever connected."""
        return any(each.code is not None and not each.before_envelope for each in self._results.values())

    def begin(self) -> None:
        """Have its clock run: a connection works for it, or is being opened."""
        if self._turn is not None:
            waited = asyncio.get_running_loop().time() - self._since
            self.deadline += waited
            self._turn.waited += waited
            self._turn = None

    @property
    def is_late(self) -> bool:
        """Whether its time is over."""
        return asyncio.get_running_loop().time() >= self.deadline

    def take(self) -> list[str]:
        """Return the recipients of the next transaction."""
        taken, self.waiting = self.waiting[: self.batch], self.waiting[self.batch :]
        return taken

    def settle(self, results: Iterable[RecipientResult]) -> None:
        """Note answers; when everybody has one, whoever waits for the result gets it."""
        for result in results:
            self._results.setdefault(result.recipient, result)
        if len(self._results) == len(self.data.envelope_recipients) and not self.done.done():
            self.done.set_result(None)

    def refuse(self, recipients: Iterable[str], outcome: Outcome, text: str, status: str | None = None) -> None:
        """Note answers that no server gave."""
        said = printable(text)
        # What is refused for good without a server's word is so for what EHLO offers.
        is_early = outcome == "permanent"
        self.settle(
            [RecipientResult(each, outcome, None, status, said, before_envelope=is_early) for each in recipients]
        )

    def fail_waiting(self, outcome: Outcome, text: str, status: str | None = None) -> None:
        """Refuse everybody for whom no transaction is open."""
        waiting, self.waiting = self.waiting, []
        self.refuse(waiting, outcome, text, status)

    def give_up(self, why: str) -> None:
        """End it: those to whom it surely was not sent are refused for now, and a connection at work is cut off."""
        # A caller that is cancelled has cancelled this future, and is no longer told.
        if self.done.done() and not self.done.cancelled():
            return
        self.over = why
        self.fail_waiting("transient", why)
        if self.connection is not None:
            self.connection.abort(why)
            return
        # What is announced behind another message goes no further: its text was not sent.
        self.refuse((each for each in self.data.envelope_recipients if each not in self._results), "transient", why)

    def result(self) -> DeliveryResult:
        """Return the answers, in the order of the envelope."""
        every = (self._results[each] for each in self.data.envelope_recipients)
        return DeliveryResult.of(self.data.message_id, every, self.data.using)

    def wire_for(self, extensions: Extensions) -> WireMessage | None:
        """Return the bytes for a server; who cannot be reached over it is refused (RFC 6531, 3.5; RFC 3463, X.6.7).

        ``None``: nobody can.
        """
        if extensions.smtputf8 and self.wires.utf8 is not None:
            return self._fitting(self.wires.utf8, extensions)
        if self.wires.plain is None or not (self.data.envelope_sender or "").isascii():
            self.fail_waiting("permanent", _NO_SMTPUTF8, "5.6.7")
            return None
        if beyond := [each for each in self.waiting if not each.isascii()]:
            self.refuse(beyond, "permanent", _NO_SMTPUTF8, "5.6.7")
            self.waiting = [each for each in self.waiting if each.isascii()]
        return self._fitting(self.wires.plain, extensions)

    def _fitting(self, wire: WireMessage, extensions: Extensions) -> WireMessage | None:
        if not self.waiting:
            return None
        if extensions.size and wire.size > extensions.size:
            text = f"the message has {wire.size:,} bytes, and the server takes {extensions.size:,}"
            status = "5.3.4"
        elif not extensions.eightbitmime and not all(map(bytes.isascii, wire.chunks)):
            text, status = "the message has bytes beyond ASCII, and the server no 8BITMIME", "5.6.3"
        else:
            return wire
        self.fail_waiting("permanent", text, status)
        return None
