"""What a job has beside its message: how often it was tried, and until when it may be."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from openviper._settings.email import EmailSettings
from openviper.conf import section
from openviper.core.email._sending.attempts import narrowed
from openviper.core.email._sending.limits import check_queue_limits
from openviper.core.email.errors import InvalidMessage, MessageTooLarge
from openviper.core.email.message import EmailMessageData

__all__ = ["Job"]

# Of an envelope, in hex digits: enough that two of one Message-ID differ.
_DIGEST = 16


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
            ImproperlyConfigured: What the settings say of the queue cannot be used.
        """
        settings = section(EmailSettings)
        check_queue_limits(settings)
        return cls(message, 0, time.time() + settings.EMAIL_QUEUE_DEADLINE)

    @classmethod
    def read(cls, payload: Mapping[str, Any]) -> Job:
        """Return the job that a payload stands for.

        Raises:
            InvalidMessage: It stands for none.
        """
        try:
            message, attempts, deadline = payload["message"], int(payload["attempts"]), float(payload["deadline"])
            if not math.isfinite(deadline):
                raise ValueError(f"deadline is {deadline}")
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise InvalidMessage(
                f"the payload of a mail job cannot be read ({type(error).__name__}: {error}); expected what "
                "enqueue_email_job wrote"
            ) from error
        return cls(EmailMessageData.from_json(message), attempts, deadline)

    @property
    def id(self) -> str:
        """The same for the same message, envelope and attempt: a queue that knows it does not take it twice."""
        envelope = [self.message.envelope_sender, *sorted(self.message.envelope_recipients)]
        digest = sha256(json.dumps(envelope).encode()).hexdigest()[:_DIGEST]
        return f"{self.message.message_id.strip('<>')}#{digest}.{self.attempts}"

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
