"""Start-up and shutdown of an application with ``openviper.core.email`` in its ``INSTALLED_APPS``."""

from __future__ import annotations

from openviper.core.email._sending.drain_limit import drain_limit
from openviper.core.email._sending.mailer_checks import check_mailers
from openviper.core.email.mailers import close_mailers

__all__ = ["ready", "shutdown"]


def ready() -> None:
    """Refuse settings that no mailer can be made of; nothing is connected.

    Raises:
        ImproperlyConfigured: The settings of some mailer cannot be used; every problem that was found.
    """
    check_mailers()


async def shutdown() -> None:
    """Let messages under way end, then close the connections, before ``SHUTDOWN_TIMEOUT`` would cut that off.

    What is under way over a mailer gets its ``EMAIL_DRAIN_TIMEOUT``, and no more than ``SHUTDOWN_TIMEOUT`` less 2 s
    (less half of it, where that is more).
    """
    await close_mailers(at_most=drain_limit())
