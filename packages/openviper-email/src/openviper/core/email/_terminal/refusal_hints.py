"""What to look at when a server said no: the usual causes, as one who has seen them would name them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openviper.core.email._smtp.steps import Step
    from openviper.core.email.results import RecipientResult

__all__ = ["refusal_hints"]


def refusal_hints(refused: Iterable[RecipientResult], steps: Iterable[Step]) -> list[str]:
    """Return what may be wrong where a server said no, each once."""
    stage = next((step.name.partition(" ")[0] for step in steps if _is_refused(step)), "")
    hints = (next((hint for fits, hint in _RULES if fits(each, stage)), "") for each in refused)
    return [hint for hint in dict.fromkeys(hints) if hint]


def _is_refused(step: Step) -> bool:
    return step.error is not None or (step.reply is not None and step.reply.code >= 400)


def _is_relaying(refusal: RecipientResult, stage: str) -> bool:
    is_said = "relay" in refusal.text.lower() or (stage == "RCPT" and refusal.enhanced_status == "5.7.1")
    return refusal.outcome == "permanent" and is_said


def _is_unknown(refusal: RecipientResult, stage: str) -> bool:
    status = refusal.enhanced_status
    return stage == "RCPT" and refusal.code in (550, 551, 553) and (status is None or status.startswith("5.1."))


# Of one refusal, and the command at which the conversation failed, the first that fits counts.
_RULES: tuple[tuple[Callable[[RecipientResult, str], bool], str], ...] = (
    (
        lambda each, _: each.outcome == "ambiguous",
        "the connection ended after the message, before its answer: look whether it came before you send it again",
    ),
    (
        lambda each, _: each.code in (534, 535),
        "are EMAIL_HOST_USER and EMAIL_HOST_PASSWORD right? Many providers want a password made for programs",
    ),
    (
        lambda each, _: each.code == 530 and "starttls" in each.text.lower(),
        "the server wants STARTTLS first: EMAIL_USE_TLS=True",
    ),
    (
        lambda each, _: each.code == 530,
        "the server wants a login: set EMAIL_HOST_USER and EMAIL_HOST_PASSWORD",
    ),
    (
        lambda each, stage: each.code in (521, 554) and stage == "connecting",
        "the server takes no mail from this machine: its address may be on a blocklist",
    ),
    (
        _is_relaying,
        "the server passes no mail on for you: log in with EMAIL_HOST_USER, or have this machine's address allowed",
    ),
    (
        lambda each, stage: each.outcome == "permanent" and stage == "MAIL",
        "the server refuses the sender: --from, or DEFAULT_FROM_EMAIL, has to be one that this login may send as",
    ),
    (
        _is_unknown,
        "the server says that there is no such mailbox: is the address spelled right?",
    ),
    (
        lambda each, _: each.code == 552 or each.enhanced_status in ("5.2.3", "5.3.4"),
        "the message is too large for the server, or the mailbox is full",
    ),
    (
        lambda each, stage: each.code in (450, 451) and stage in ("RCPT", "DATA", "message"),
        "some servers refuse the first attempt of a stranger (greylisting): try again in some minutes",
    ),
    (
        lambda each, _: each.code in (421, 452),
        "the server is busy, or limits how much you send: try again later",
    ),
)
