"""One mail transaction (RFC 5321, section 3.3): MAIL, RCPT, DATA, the message; and an answer for each recipient."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum, auto
from typing import TYPE_CHECKING

from openviper.core.email._building.characters import printable
from openviper.core.email._smtp.connection import Connection, ConnectionDiedError
from openviper.core.email._smtp.stuffing import stuffed
from openviper.core.email.results import Outcome, RecipientResult

if TYPE_CHECKING:
    from openviper.core.email._smtp.delivery import Delivery
    from openviper.core.email._smtp.extensions import Extensions
    from openviper.core.email._smtp.replies import Reply
    from openviper.core.email.message import WireMessage

__all__ = ["Stage", "Transaction"]


class Stage(Enum):
    """How far it is."""

    #: The envelope is announced, or about to be.
    ENVELOPE = auto()
    #: The server waits for the message (354).
    MESSAGE = auto()
    #: The final dot was written: from here on the server may have the message.
    DOT = auto()
    #: Everybody has an answer.
    DONE = auto()


class Transaction:
    """What is said for some of a message's recipients, and what the answers mean."""

    def __init__(self, delivery: Delivery, wire: WireMessage, connection: Connection) -> None:
        self.delivery = delivery
        self.wire = wire
        self.stage = Stage.ENVELOPE
        #: Those of the envelope's commands, as they come.
        self.replies: list[Reply] = []
        self._connection = connection
        self._recipients = delivery.take()
        self._accepted: list[str] = []
        self.has_reset = connection.needs_reset
        connection.needs_reset = False
        connection.messages += 1

    @classmethod
    def begin(cls, delivery: Delivery, connection: Connection) -> Transaction | None:
        """Return the next transaction of a message; ``None``: over this connection there is none for it."""
        wire = delivery.wire_for(connection.extensions)
        return cls(delivery, wire, connection) if wire is not None else None

    def commands(self) -> list[bytes]:
        """Return the lines of the envelope, from MAIL, or a RSET before it, to DATA."""
        mail = _mail(self.delivery.data.envelope_sender or "", self.wire, self._connection.extensions)
        recipients = [b"RCPT TO:<%b>" % each.encode() for each in self._recipients]
        return [*([b"RSET"] if self.has_reset else ()), mail, *recipients, b"DATA"]

    def text(self) -> Iterator[bytes]:
        """Yield the message with its final dot; only the dot, where nobody was accepted (RFC 2920, 3.1)."""
        return stuffed(self.wire.chunks if self._accepted else ())

    @property
    def has_accepted(self) -> bool:
        """Whether a recipient was accepted so far."""
        return bool(self._accepted)

    def judge(self) -> None:
        """Take what the server said to the whole envelope; replies that are not those to it refuse everybody for now.

        Raises:
            ConnectionDiedError: It does not even begin: it closes instead, or does not take RSET, after which what it
                would make of MAIL is anybody's guess.
        """
        if not self._is_begun():
            # After a 421 it is dead already, and that stays the reason.
            self._connection.abort(f"{self._connection.name} refused RSET: {self.replies[0]}")
            raise ConnectionDiedError(self._connection.death)
        replies = self.replies[self.has_reset :]
        data = replies[len(self._recipients) + 1] if len(replies) > len(self._recipients) + 1 else None
        if data is not None and data.code != 354:
            self._check(data, "DATA", may_accept=False)
        if self._connection.is_shifted:
            self.stage = Stage.DONE
            self._fail(self._recipients, "transient", None)
            return
        self._judge_recipients(replies)
        if data is not None and data.code == 354:
            self.stage = Stage.MESSAGE
            return
        self._connection.needs_reset = replies[0].outcome == "accepted"
        self.stage = Stage.DONE
        if data is not None:
            self._fail(self._accepted, "permanent" if data.outcome == "permanent" else "transient", data)

    def finish(self, reply: Reply) -> None:
        """Take what the server said to the message."""
        self.stage = Stage.DONE
        if reply.outcome is None:
            self._connection.abort(f"{self._connection.name} answered the message with {reply}")
            self._fail(self._accepted, "ambiguous", reply)
        else:
            self._answer(self._accepted, reply)

    def die(self, *, may_go_elsewhere: bool) -> None:
        """Take that the connection died.

        Where the server has not even taken note of the transaction, and it ``may_go_elsewhere``, its recipients wait
        for another connection.
        """
        stage, self.stage = self.stage, Stage.DONE
        if stage is Stage.DONE:
            return
        left = self._connection.left()
        if stage is Stage.ENVELOPE:
            self._die_early(left, may_go_elsewhere)
        elif stage is Stage.DOT:
            self._settle_by(left, "ambiguous")
        elif left and left[0].outcome == "accepted":
            # To half of a message: nobody knows what it has.
            self._fail(self._accepted, "ambiguous", left[0])
        else:
            self._settle_by(left, "transient")

    def _die_early(self, left: list[Reply], may_go_elsewhere: bool) -> None:
        self.replies += left[: len(self._recipients) + 2 + self.has_reset - len(self.replies)]
        if self.replies and len(self.replies) < len(self._recipients) + 2 + self.has_reset:
            # It has answered some of what came together, and then nothing until the time was over.
            self._connection.loses_commands = self.delivery.is_late and self._connection.extensions.pipelining
        said = self.replies[-1] if self.replies and self.replies[-1].code == 421 else None
        if not self._is_begun():
            if may_go_elsewhere:
                self.delivery.waiting = self._recipients + self.delivery.waiting
            else:
                self._fail(self._recipients, "transient", said)
            return
        if self._connection.is_shifted:
            self._fail(self._recipients, "transient", None)
            return
        self._judge_recipients(self.replies[self.has_reset :])
        unanswered = self._accepted + self._recipients[len(self.replies) - self.has_reset - 1 :]
        self._fail(unanswered, "transient", said)

    def _is_begun(self) -> bool:
        """Return whether there is an answer to MAIL, other than that the server closes."""
        if self.has_reset and self.replies and self.replies[0].outcome != "accepted":
            return False
        return len(self.replies) > self.has_reset and self.replies[self.has_reset].code != 421

    def _judge_recipients(self, replies: list[Reply]) -> None:
        mail = replies[0]
        if mail.outcome != "accepted":
            self._check(mail, "MAIL")
            self._answer(self._recipients, mail)
            return
        refused: list[tuple[str, Reply]] = []
        for recipient, reply in zip(self._recipients, replies[1:], strict=False):
            if reply.outcome == "accepted":
                self._accepted.append(recipient)
            else:
                self._check(reply, "RCPT")
                refused.append((recipient, reply))
        later = [recipient for recipient, reply in refused if self._accepted and _is_too_many(reply)]
        if later:
            self.delivery.batch = len(self._accepted)
            self.delivery.waiting = later + self.delivery.waiting
        self.delivery.settle([reply.result(each) for each, reply in refused if each not in later])

    def _check(self, reply: Reply, command: str, *, may_accept: bool = True) -> None:
        if reply.outcome is None or (reply.outcome == "accepted" and not may_accept):
            self._connection.abort(f"{self._connection.name} answered {command} with {reply}")
            # No server means that: it is the reply to a command before, and so may be those before it.
            self._connection.is_shifted |= command == "DATA"

    def _settle_by(self, left: list[Reply], otherwise: Outcome) -> None:
        if left and left[0].outcome is not None:
            self._answer(self._accepted, left[0])
        else:
            self._fail(self._accepted, otherwise, None)

    def _answer(self, recipients: list[str], reply: Reply) -> None:
        self._fail(recipients, reply.outcome or "transient", reply)

    def _fail(self, recipients: list[str], outcome: Outcome, said: Reply | None) -> None:
        if said is not None:
            code, (status, text) = said.code, said.said()
        else:
            code, status, text = None, None, printable(self.delivery.over or self._connection.death)
        self.delivery.settle([RecipientResult(each, outcome, code, status, text) for each in recipients])


def _mail(sender: str, wire: WireMessage, extensions: Extensions) -> bytes:
    parameters = b""
    if extensions.size is not None:
        parameters += b" SIZE=%d" % wire.size
    if extensions.eightbitmime and not all(map(bytes.isascii, wire.chunks)):
        parameters += b" BODY=8BITMIME"
    if wire.smtputf8 and extensions.smtputf8:
        parameters += b" SMTPUTF8"
    return b"MAIL FROM:<%b>%b" % (sender.encode(), parameters)


def _is_too_many(reply: Reply) -> bool:
    """Return whether a recipient was only one too many: RFC 5321, 4.5.3.1.10, and 552 as older servers say it."""
    return reply.code in (452, 552) and reply.enhanced_status in (None, "4.5.3", "5.5.3")
