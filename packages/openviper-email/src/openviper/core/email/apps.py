"""Start-up and shutdown of an application with ``openviper.core.email`` in its ``INSTALLED_APPS``."""

from __future__ import annotations

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
    """Let messages under way end, then close the connections; ``EMAIL_DRAIN_TIMEOUT`` bounds it."""
    await close_mailers()
