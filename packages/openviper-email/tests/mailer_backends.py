"""A message for two, and backends that answer for them."""

from __future__ import annotations

from openviper.core.email import EmailMessageData, RecipientResult

TO = ("ada@example.org", "grace@example.org")


def message(**fields):
    """Return a message to these two."""
    return EmailMessageData(
        **{"recipients": TO, "subject": "s", "text": "t", "message_id": "<1@example.org>", **fields}
    )


def answering(given):
    """Return a backend that answers so, or what the function ``given`` returns for the message."""

    class Backend:
        async def send(self, message_data):
            return given(message_data) if callable(given) else given

    return Backend


def accepted(*names):
    """Return the result of each, who accepted."""
    return [RecipientResult(f"{name}@example.org", "accepted", 250) for name in names]
