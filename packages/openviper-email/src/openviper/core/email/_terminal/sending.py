"""A test mail, sent as all mail is but one command at a time, and everything that was said on its way."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from openviper.core.email._sending.backend_kinds import backend_kind
from openviper.core.email._sending.mailer_settings import mailer_settings, setting_place
from openviper.core.email._smtp.tls import check_tls_files
from openviper.core.email._terminal.connection_hints import connection_hint, sender_hint
from openviper.core.email._terminal.conversation import ConversationView
from openviper.core.email._terminal.printing import heading, milliseconds, row, say
from openviper.core.email._terminal.refusal_hints import refusal_hints
from openviper.core.email.backends.file import MailFolder
from openviper.core.email.backends.smtp import SMTPBackend
from openviper.core.email.mailers import Mailer, close_mailers, get_mailer
from openviper.core.email.sender import compose_email
from openviper.core.terminal_text import harmless

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openviper.core.email.message import EmailMessageData
    from openviper.core.email.results import DeliveryResult, Outcome, RecipientResult

__all__ = ["Sent", "send_and_tell"]

_WORDS: dict[Outcome, tuple[str, Literal["green", "red", "yellow"]]] = {
    "accepted": ("accepted", "green"),
    "permanent": ("refused", "red"),
    "transient": ("deferred", "yellow"),
    "ambiguous": ("uncertain", "yellow"),
}
# What backends do instead of sending.
_KEPT = {"console": "Printed", "memory": "Kept in memory", "file": "Written to a file"}
_TEXT = """\
This is a test mail, sent by "openviper viperctl send-test-email"
over the mailer {mailer!r}.

If you can read it, sending works.
"""


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a test mail."""

    result: DeliveryResult
    seconds: float

    #: Where it stayed, as ``Printed``; empty: it was sent.
    kept: str = ""

    def __str__(self) -> str:
        refused, count = len(self.result.refused), len(self.result.accepted) + len(self.result.refused)
        accepted = f"{self.kept}, not sent:" if self.kept else "Accepted for"
        what = f"Not accepted for {refused} of" if refused else accepted
        return f"{what} {count} recipient{'s' if count > 1 else ''}, in {milliseconds(self.seconds)}."


async def send_and_tell(recipients: Sequence[str], subject: str, sender: str | None, using: str) -> Sent:
    """Send a test mail once, and print what is said meanwhile.

    Raises:
        InvalidMessage: An address or the subject cannot be sent.
        ImproperlyConfigured: The settings cannot be used, or there is no mailer ``using``.
    """
    data = await compose_email(
        recipients,
        subject,
        _TEXT.format(mailer=using),
        sender=sender,
        using=using,
        auto_submitted="auto-generated",
    )
    mailer = get_mailer(using)
    views = _watch(mailer)
    try:
        sent = await _send(mailer, data)
    finally:
        await close_mailers()
    if not views:
        await _tell_where(mailer, sent.result)
    _tell_result(sent.result, views)
    _tell_hints(sent.result, data, views)
    return sent


def _watch(mailer: Mailer) -> list[ConversationView]:
    """Look on at the SMTP servers that may be asked: a mailer's own, or those that it fails over to."""
    settings = mailer.settings
    others = settings.EMAIL_FAILOVER if backend_kind(settings.EMAIL_BACKEND) == "failover" else ()
    views: list[ConversationView] = []
    for each in (mailer, *map(get_mailer, others)):
        backend = each.backend
        if isinstance(backend, SMTPBackend):
            check_tls_files(backend.options)
            views.append(ConversationView(each.name, backend.options))
            backend.options = replace(backend.options, observe=views[-1])
    return views


async def _send(mailer: Mailer, data: EmailMessageData) -> Sent:
    start = time.perf_counter()
    # Once: a second attempt would hide what the first one says.
    result = (await mailer.once(data, mailer.settings.EMAIL_TIMEOUT)).result
    seconds = time.perf_counter() - start
    kind = backend_kind(mailer_settings(result.mailer).EMAIL_BACKEND)
    return Sent(result, seconds, _KEPT.get(kind or "", ""))


async def _tell_where(mailer: Mailer, result: DeliveryResult) -> None:
    """Say where a mail went that went to no server that could be looked at."""
    heading(f"{mailer.name}: {setting_place(mailer.name, 'BACKEND')} is {mailer.settings.EMAIL_BACKEND!r}")
    if result.ok:
        say(f"  {await _place(result.mailer, result.message_id)}")


async def _place(mailer: str, message_id: str) -> str:
    settings = mailer_settings(mailer)
    kind, sends = backend_kind(settings.EMAIL_BACKEND), f"{setting_place(mailer, 'BACKEND')}='smtp' sends."
    if kind == "console":
        return f"It was printed here and went to nobody; {sends}"
    if kind == "memory":
        return f"It was kept in the memory of this command, which ends now; {sends}"
    if kind == "file" and settings.EMAIL_FILE_PATH is not None:
        found = await asyncio.to_thread(MailFolder(settings.EMAIL_FILE_PATH).list, 5)
        name = next((f"{each.id}.eml" for each in found if message_id.encode() in each.raw), "")
        return f"It was written to {settings.EMAIL_FILE_PATH / name} and went to nobody; {sends}"
    return "What was said on its way is known to that backend alone."


def _tell_result(result: DeliveryResult, views: Sequence[ConversationView]) -> None:
    say()
    known = {str(view.failure) for view in views if view.failure is not None}
    for each in (*result.accepted, *result.refused):
        word, color = _WORDS[each.outcome]
        row(word, _answer(each, known), label_color=color)
    row("Message-ID", result.message_id)
    if len(views) > 1:
        row("Mailer", result.mailer)


def _answer(each: RecipientResult, known: set[str]) -> str:
    if each.text in known or (known and each.code is None):
        return each.recipient
    return " ".join(str(part) for part in (each.recipient, each.code, each.enhanced_status, each.text) if part)


def _tell_hints(result: DeliveryResult, data: EmailMessageData, views: Sequence[ConversationView]) -> None:
    given = [connection_hint(view.failure, view.options) for view in views if view.failure is not None]
    given += refusal_hints(result.refused, [step for view in views for step in view.steps])
    # Where nothing was said of the sender, nobody can have minded it.
    is_named = any(step.name.startswith("MAIL") for view in views for step in view.steps)
    given.append(sender_hint(data.sender) if is_named else None)
    hints = [hint for hint in dict.fromkeys(given) if hint]
    if hints:
        say()
    for hint in hints:
        row("Hint", harmless(hint), label_color="cyan")
