"""The fixture ``mailbox``, for tests of what sends mail.

::

    async def test_a_new_user_is_welcomed(mailbox):
        await register("ada@example.org")
        assert [message.subject for message in mailbox] == ["Welcome"]
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from openviper.core.email.backends.memory import Mailbox

__all__ = ["mailbox"]

# No test is to lose its first messages.
_LIMIT = 100_000


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """Keep all mail in memory; the messages sent so far, oldest first, empty at first.

    That of other mailers, and that for the job queue, is kept too.
    """
    # pytest imports this module in every run, whether a test uses it or not.
    from openviper._settings.email import EmailSettings  # noqa: PLC0415
    from openviper.conf import override_settings, section  # noqa: PLC0415
    from openviper.core.email._sending.queue_switch import without_queue  # noqa: PLC0415
    from openviper.core.email.backends.memory import Mailbox, outbox  # noqa: PLC0415

    memory = {"BACKEND": "memory", "MEMORY_LIMIT": _LIMIT}
    mailers = dict.fromkeys(section(EmailSettings).EMAIL_MAILERS, memory)
    outbox.clear()
    in_memory = override_settings(EMAIL_BACKEND="memory", EMAIL_MEMORY_LIMIT=_LIMIT, EMAIL_MAILERS=mailers)
    with in_memory, without_queue():
        yield Mailbox()
    outbox.clear()
