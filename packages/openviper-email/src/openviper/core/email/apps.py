"""Start-up and shutdown of an application with ``openviper.core.email`` in its ``INSTALLED_APPS``."""

from __future__ import annotations

from openviper._settings.core import LifespanSettings
from openviper._settings.email import EmailSettings
from openviper.conf import section
from openviper.core.email._sending.mailer_checks import check_mailers
from openviper.core.email._sending.mailer_settings import mailer_names, mailer_settings
from openviper.core.email.mailers import close_mailers

__all__ = ["ready", "shutdown"]

# Of SHUTDOWN_TIMEOUT, in seconds, for what comes after the waiting: the log, QUIT, and a backend that is slow to close.
_RESERVE = 2.0


def ready() -> None:
    """Refuse settings that no mailer can be made of; nothing is connected.

    Raises:
        ImproperlyConfigured: The settings of some mailer cannot be used; every problem that was found.
    """
    check_mailers()


async def shutdown() -> None:
    """Let messages under way end, then close the connections, before ``SHUTDOWN_TIMEOUT`` would cut that off.

    What is under way gets ``EMAIL_DRAIN_TIMEOUT``, and no more than ``SHUTDOWN_TIMEOUT`` less 2 s (less half of it,
    where that is more).
    """
    await close_mailers(_drain_timeout())


def _drain_timeout() -> float | None:
    """Return how many seconds all mailers have; ``None``: each its own, for there is time for the longest."""
    limit = section(LifespanSettings).SHUTDOWN_TIMEOUT.total_seconds()
    limit -= min(_RESERVE, limit / 2)
    settings = section(EmailSettings)
    longest = max(mailer_settings(name, settings).EMAIL_DRAIN_TIMEOUT for name in mailer_names(settings))
    return None if longest <= limit else limit
