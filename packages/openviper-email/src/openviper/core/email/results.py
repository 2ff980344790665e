"""What became of a message, recipient by recipient."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from openviper.core.email._building.characters import printable

__all__ = ["DeliveryResult", "Outcome", "RecipientResult"]

#: ``accepted``: the server has it. ``permanent``: it will not take it (5xx). ``transient``: surely not sent, and worth
#: another attempt (4xx, no connection, no TLS). ``ambiguous``: the connection died after the final dot, so it may have
#: it.
Outcome: TypeAlias = Literal["accepted", "permanent", "transient", "ambiguous"]


@dataclass(frozen=True, slots=True)
class RecipientResult:
    """The answer for one recipient."""

    #: The address in the envelope.
    recipient: str
    outcome: Outcome
    #: The SMTP reply code; ``None``: it was not a server that said so.
    code: int | None = None
    #: RFC 3463, ``5.1.1``; ``None``: the reply had none.
    enhanced_status: str | None = None
    #: What the server, or whoever it was, said; made printable, and cut at 1,000 characters.
    text: str = ""
    #: The server, or the way to it, refused before the envelope was said: the greeting, EHLO, STARTTLS, the login, or
    #: that it cannot take such a message. That says nothing of the recipient, and another mailer may send.
    before_envelope: bool = False

    def __post_init__(self) -> None:
        text = printable(self.text)
        if text is not self.text:
            object.__setattr__(self, "text", text)

    def __str__(self) -> str:
        said = " ".join(str(part) for part in (self.code, self.enhanced_status, self.text) if part)
        return f"{self.recipient}: {self.outcome}{f' ({said})' if said else ''}"


@dataclass(frozen=True, slots=True)
class DeliveryResult:
    """The answers for all recipients of one message, each exactly once; true where all accepted it."""

    message_id: str
    accepted: tuple[RecipientResult, ...] = ()
    #: Those that were not accepted, ambiguous ones too.
    refused: tuple[RecipientResult, ...] = ()
    #: The mailer that tried last.
    mailer: str = "default"

    @classmethod
    def of(cls, message_id: str, results: Iterable[RecipientResult], mailer: str = "default") -> DeliveryResult:
        """Return the result of a message, from the answers in any order."""
        every = tuple(results)
        accepted = tuple(one for one in every if one.outcome == "accepted")
        return cls(message_id, accepted, tuple(one for one in every if one.outcome != "accepted"), mailer)

    @property
    def ok(self) -> bool:
        """Whether every recipient was accepted; there has to be one."""
        return bool(self.accepted) and not self.refused

    def __bool__(self) -> bool:
        """Return :attr:`ok`."""
        return self.ok

    @property
    def transient(self) -> tuple[RecipientResult, ...]:
        """Those to whom it surely was not sent, and may be sent later."""
        return tuple(one for one in self.refused if one.outcome == "transient")

    @property
    def permanent(self) -> tuple[RecipientResult, ...]:
        """Those who will not get it, however often it is sent."""
        return tuple(one for one in self.refused if one.outcome == "permanent")

    @property
    def ambiguous(self) -> tuple[RecipientResult, ...]:
        """Those who may have it."""
        return tuple(one for one in self.refused if one.outcome == "ambiguous")

    def __str__(self) -> str:
        if self.ok:
            return f"{self.message_id} was accepted for all of its {len(self.accepted)} recipients"
        if not self.refused:
            return f"{self.message_id} was accepted for nobody: the result names no recipient"
        of_all = f"{len(self.refused)} of {len(self.refused) + len(self.accepted)} recipients"
        named = "; ".join(map(str, self.refused[:5]))
        more = f"; and {len(self.refused) - 5} more" if len(self.refused) > 5 else ""
        return f"{self.message_id} was not accepted for {of_all}: {named}{more}"
