"""What a backend answered, or raised, made the result of every recipient."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, get_args

from openviper.core.email._building.characters import printable
from openviper.core.email.results import DeliveryResult, Outcome, RecipientResult

if TYPE_CHECKING:
    from openviper.core.email.message import EmailMessageData

__all__ = ["Answer", "answered", "merged", "refused", "said_by"]

# Up to the last @, for a password may have one too.
_CREDENTIALS = re.compile(r"(?<=://)\S{0,500}(?=@)")
_OUTCOMES = frozenset(get_args(Outcome))


@dataclass(frozen=True, slots=True)
class Answer:
    """A result, and the error that was the reason for it, if it was one."""

    result: DeliveryResult
    cause: BaseException | None = None


def answered(data: EmailMessageData, given: object, mailer: str) -> Answer:
    """Return the result of all recipients, from what ``send`` returned; whatever that is, this raises nothing.

    One of whom it said nothing, or two things at once, is ambiguous, and so are all where it is no result: it came to
    an end, so it may have sent.
    """
    try:
        return _answered(data, given, mailer)
    except Exception as error:
        # Even the repr of what came is somebody else's code.
        text = f"the backend's send() returned what cannot be read: {said_by(error)}"
        return Answer(refused(data, "ambiguous", text, mailer), error)


def _answered(data: EmailMessageData, given: object, mailer: str) -> Answer:
    if given is None:
        every = [RecipientResult(each, "accepted") for each in data.envelope_recipients]
        return Answer(DeliveryResult(data.message_id, tuple(every), mailer=mailer))
    if not isinstance(given, DeliveryResult):
        error = TypeError(f"the backend's send() returned {given!r:.100}; expected a DeliveryResult, or None")
        return Answer(refused(data, "ambiguous", str(error), mailer), error)
    every = [_plausible(each, is_accepted=True) for each in given.accepted]
    every += (_plausible(each, is_accepted=False) for each in given.refused)
    found = _by_recipient(every)
    silent = "the backend said nothing of this recipient"
    every = [found.get(each) or RecipientResult(each, "ambiguous", text=silent) for each in data.envelope_recipients]
    return Answer(DeliveryResult.of(data.message_id, every, given.mailer))


def _plausible(given: object, *, is_accepted: bool) -> RecipientResult:
    """Return an answer as it came, where it says what the place says in which it stands; else an ambiguous one.

    Raises:
        TypeError: It is none.
    """
    if not isinstance(given, RecipientResult):
        raise TypeError(f"{given!r:.100} among the answers; expected a RecipientResult")
    _check_kind("code", given.code, int)
    _check_kind("enhanced_status", given.enhanced_status, str)
    outcome = given.outcome
    if outcome in _OUTCOMES and (outcome == "accepted") is is_accepted:
        return given
    place = "accepted" if is_accepted else "refused"
    text = f"the backend has outcome={outcome!r:.100} among the {place}: {given.text}"
    return RecipientResult(given.recipient, "ambiguous", given.code, given.enhanced_status, text)


def _check_kind(name: str, value: object, kind: type[object]) -> None:
    if value is not None and not isinstance(value, kind):
        raise TypeError(f"{name}={value!r:.100}; expected {kind.__name__} or None")


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


def said_by(error: BaseException) -> str:
    """Return the class of an error and what it says; its class alone, where saying it raises another.

    Of a URL in it, such as that of a broker, user and password are left out.
    """
    name = type(error).__name__
    try:
        return f"{name}: {_CREDENTIALS.sub('***', str(error))}"
    except Exception:
        return name
