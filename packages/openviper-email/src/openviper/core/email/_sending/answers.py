"""What a backend answered, or raised, made the result of every recipient."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from openviper.core.email.results import DeliveryResult, RecipientResult

if TYPE_CHECKING:
    from openviper.core.email.message import EmailMessageData
    from openviper.core.email.results import Outcome

__all__ = ["Answer", "answered", "merged", "printable", "refused"]

_LONGEST = 1_000


class Answer(NamedTuple):
    """A result, and the error that was the reason for it, if it was one."""

    result: DeliveryResult
    cause: BaseException | None = None


def answered(data: EmailMessageData, given: object, mailer: str) -> Answer:
    """Return the result of all recipients, from what ``send`` returned.

    One of whom it said nothing is ambiguous, and so are all where it is no result: it came to an end, so it may have
    sent.
    """
    if given is None:
        every = [RecipientResult(each, "accepted") for each in data.envelope_recipients]
        return Answer(DeliveryResult(data.message_id, tuple(every), mailer=mailer))
    if not isinstance(given, DeliveryResult):
        error = TypeError(f"the backend's send() returned {given!r:.100}; expected a DeliveryResult, or None")
        return Answer(refused(data, "ambiguous", str(error), mailer), error)
    found = _by_recipient((*given.accepted, *given.refused))
    if tuple(found) == data.envelope_recipients and len(found) == len(given.accepted) + len(given.refused):
        return Answer(given)
    silent = "the backend said nothing of this recipient"
    every = [found.get(each) or RecipientResult(each, "ambiguous", text=silent) for each in data.envelope_recipients]
    return Answer(DeliveryResult.of(data.message_id, every, given.mailer))


def _by_recipient(results: Iterable[RecipientResult]) -> dict[str, RecipientResult]:
    """Of two answers for one recipient the one that is not "accepted" counts."""
    found: dict[str, RecipientResult] = {}
    for each in results:
        known = found.get(each.recipient)
        if known is None or known.outcome == "accepted":
            found[each.recipient] = each
    return found


def refused(data: EmailMessageData, outcome: Outcome, text: str, mailer: str) -> DeliveryResult:
    """Return the result of a message that nobody accepted."""
    said = printable(text)
    every = tuple(RecipientResult(each, outcome, text=said) for each in data.envelope_recipients)
    return DeliveryResult(data.message_id, refused=every, mailer=mailer)


def merged(first: DeliveryResult, second: DeliveryResult) -> DeliveryResult:
    """Return the result after another attempt for some of the recipients.

    Its answers count, but for a refusal of who may have the message from the first: who was not sent to now may have it
    all the same.
    """
    later = {each.recipient: each for each in (*second.accepted, *second.refused)}
    every = [_last(each, later.get(each.recipient, each)) for each in (*first.accepted, *first.refused)]
    return DeliveryResult.of(first.message_id, every, second.mailer)


def _last(first: RecipientResult, second: RecipientResult) -> RecipientResult:
    if first.outcome != "ambiguous" or second.outcome in ("accepted", "ambiguous"):
        return second
    return replace(first, text=f"{first.text}; tried again: {str(second).removeprefix(f'{second.recipient}: ')}")


def printable(text: str) -> str:
    """Return one line that is fit for a log, of 1,000 characters at most."""
    if len(text) > _LONGEST:
        text = f"{text[: _LONGEST - 1]}…"
    return text if text.isprintable() else "".join(char if char.isprintable() else " " for char in text)
