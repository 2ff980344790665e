"""An issue on its way to every subscriber who does not have it."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncGenerator, Collection, Mapping
from contextlib import aclosing
from typing import Any

from newsletter.issues.deliveries import Due, Retried, begin_delivery, due_subscribers, end_delivery
from newsletter.issues.storage import Issue
from newsletter.mail import list_unsubscribe, mail_context, site_url
from newsletter.subscribers.unsubscribing import unsubscribe_url
from openviper.core.email import (
    AddressError,
    DeliveryResult,
    EmailMessageData,
    RecipientResult,
    compose_email,
    stream_messages,
)

__all__ = ["TEMPLATE", "Mailing", "issue_context"]

TEMPLATE = "issues/mail/letter.md"
#: Subscribers that are read from the database at a time.
PAGE = 100
#: When so many were refused one after the other, it is not they who are the reason.
MOST_IN_A_ROW = 20


def issue_context(issue: Issue, unsubscribe: str) -> Mapping[str, Any]:
    """Return the template's variables."""
    return mail_context(unsubscribe, issue=issue, issue_url=site_url(f"/issues/{issue.number}"))


class Mailing:
    """One issue, sent to all who are due; a few messages are under way at a time, whatever their number.

    Args:
        issue: The letter.
        retry: Also to those with these outcomes; who may have it may then have it twice.

    Attributes:
        stopping: No more messages are begun.
        gave_up: Too many were refused one after the other.
    """

    def __init__(self, issue: Issue, *, retry: Collection[Retried] = ()) -> None:
        self.stopping = False
        self.gave_up = False
        self._issue = issue
        self._retry = retry
        self._in_a_row = 0
        self._under_way: dict[str, int] = {}
        self._unsendable: deque[RecipientResult] = deque()

    def stop(self) -> None:
        """Begin with no more messages; those under way are finished."""
        self.stopping = True

    async def results(self) -> AsyncGenerator[RecipientResult]:
        """Send, and yield what became of each message, which is in the database by then.

        Raises:
            StorageError: The database cannot be used; nothing more is sent.
            ImproperlyConfigured, TemplateError: No message can be made.
        """
        async with aclosing(stream_messages(self._messages())) as delivered:
            async for each in delivered:
                yield await self._ended(each)
                while self._unsendable:
                    yield self._unsendable.popleft()
        while self._unsendable:
            yield self._unsendable.popleft()

    async def _messages(self) -> AsyncGenerator[EmailMessageData]:
        after = -1
        while due := await self._page(after):
            for each in due:
                message = await self._composed(each)
                # Looked at as late as possible: a message that was begun is one that is sent.
                if self.stopping:
                    return
                if message and await begin_delivery(self._issue.number, each, message.message_id):
                    self._under_way[message.message_id] = each.id
                    yield message
            after = due[-1].id

    async def _page(self, after: int) -> list[Due]:
        return await due_subscribers(self._issue.number, after=after, limit=PAGE, retry=self._retry)

    async def _composed(self, due: Due) -> EmailMessageData | None:
        leave = unsubscribe_url(due.id)
        try:
            return await compose_email(
                due.address,
                self._issue.title,
                template=TEMPLATE,
                context=issue_context(self._issue, leave),
                list_unsubscribe=list_unsubscribe(leave),
                auto_submitted="auto-generated",
                message_id=due.message_id or None,
            )
        except AddressError as error:
            # Somebody wrote it into the database by other means than the form.
            await self._refuse(due, str(error))
            return None

    async def _refuse(self, due: Due, why: str) -> None:
        if await begin_delivery(self._issue.number, due, due.message_id):
            await end_delivery(self._issue.number, due.id, "permanent")
            self._unsendable.append(RecipientResult(due.address, "permanent", text=why))

    async def _ended(self, result: DeliveryResult) -> RecipientResult:
        (recipient,) = result.accepted + result.refused
        # A server that serves nobody, because of a password for example, says nothing of the recipient.
        outcome = "transient" if recipient.before_envelope else recipient.outcome
        await end_delivery(self._issue.number, self._under_way.pop(result.message_id), outcome)
        self._in_a_row = 0 if result.ok else self._in_a_row + 1
        if self._in_a_row >= MOST_IN_A_ROW:
            self.gave_up = True
            self.stop()
        return recipient
