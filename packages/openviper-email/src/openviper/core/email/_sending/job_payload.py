"""What a job has beside its message: how often it was tried, and until when it may be."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from openviper._settings.email import EmailSettings
from openviper.conf import section
from openviper.core.email._building.characters import quoted
from openviper.core.email._sending.attempts import narrowed
from openviper.core.email._sending.limits import check_mailer_limits, check_queue_limits
from openviper.core.email._sending.mailer_settings import mailer_settings, naming
from openviper.core.email.errors import InvalidMessage, MessageTooLarge
from openviper.core.email.message import EmailMessageData

__all__ = ["Job"]

# In hex digits: nobody finds two messages of one digest.
_DIGEST = 32
# Far more than fit into a year, which is the longest that EMAIL_QUEUE_DEADLINE may be; and clocks differ.
_MOST_ATTEMPTS = 1_000_000
_LONGEST = 366 * 86_400.0
_CLOCKS = 86_400.0


@dataclass(frozen=True, slots=True)
class Job:
    """A message in the queue."""

    message: EmailMessageData
    #: How many times a worker has had it.
    attempts: int
    #: Until when it is tried, in seconds since 1970.
    deadline: float

    @classmethod
    def new(cls, message: EmailMessageData) -> Job:
        """Return the job of a message that nobody has tried yet.

        Raises:
            ImproperlyConfigured: What the settings say of the queue, or of the mailer, cannot be used.
        """
        settings = section(EmailSettings)
        check_queue_limits(settings)
        with naming(message.using):
            check_mailer_limits(mailer_settings(message.using, settings))
        return cls(message, 0, time.time() + settings.EMAIL_QUEUE_DEADLINE)

    @classmethod
    def read(cls, payload: Mapping[str, Any]) -> Job:
        """Return the job that a payload stands for.

        Raises:
            InvalidMessage: It stands for none.
        """
        if not isinstance(payload, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance] - JSON from elsewhere
            raise _unread(f"it is of type {type(payload).__name__}; expected what enqueue_email_job wrote")
        missing = [name for name in ("message", "attempts", "deadline") if name not in payload]
        if missing:
            raise _unread(f"it has no {missing[0]!r}; expected what enqueue_email_job wrote")
        attempts, deadline = payload["attempts"], payload["deadline"]
        # True is an int; and NaN is neither less nor more than anything, so that no comparison is true of it.
        if type(attempts) is not int or not 0 <= attempts <= _MOST_ATTEMPTS:
            raise _unread(f"attempts={quoted(attempts)}; expected a number, 0 to {_MOST_ATTEMPTS:,}")
        if type(deadline) not in (int, float) or not 0 <= deadline <= time.time() + _LONGEST + _CLOCKS:
            raise _unread(f"deadline={quoted(deadline)}; expected seconds since 1970, at most a year from now")
        return cls(EmailMessageData.from_json(payload["message"]), attempts, float(deadline))

    @property
    def id(self) -> str:
        """The same for the same message, envelope and attempt: a queue that knows it does not take it twice.

        Letters, digits, ``-`` and ``.``, so that a queue may name a file by it: a Message-ID may have ``/`` and ``..``.
        """
        message = self.message
        known_by = [message.message_id, message.envelope_sender, *sorted(message.envelope_recipients)]
        digest = sha256(json.dumps(known_by).encode()).hexdigest()[:_DIGEST]
        return f"email-{digest}.{self.attempts}"

    def next(self, recipients: tuple[str, ...]) -> Job:
        """Return the job of the next attempt, for some of the recipients."""
        return replace(self, message=narrowed(self.message, recipients), attempts=self.attempts + 1)

    def payload(self) -> dict[str, Any]:
        """Return the job as JSON-safe values.

        Raises:
            MessageTooLarge: As JSON it has more than ``EMAIL_MAX_JOB_BYTES``.
        """
        payload = {"message": self.message.to_json(), "attempts": self.attempts, "deadline": self.deadline}
        size, limit = len(json.dumps(payload)), section(EmailSettings).EMAIL_MAX_JOB_BYTES
        if size > limit:
            raise MessageTooLarge(
                f"{self.message.message_id} has {size:,} bytes as a job; EMAIL_MAX_JOB_BYTES allows {limit:,}: send a "
                "link to its attachments, send it now (background=False), or allow more"
            )
        return payload


def _unread(why: str) -> InvalidMessage:
    return InvalidMessage(f"the payload of a mail job cannot be read: {why}")
