"""The numbers of the settings, checked in one place; what is of an SMTP server alone, its options check."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openviper.conf import ImproperlyConfigured

if TYPE_CHECKING:
    from openviper._settings.email import EmailSettings

__all__ = ["check_mailer_limits", "check_queue_limits"]

_DAY = 86_400.0
_YEAR = 366 * _DAY


def check_mailer_limits(settings: EmailSettings) -> None:
    """Check what every mailer has, whatever its backend.

    Raises:
        ImproperlyConfigured: A number cannot be used; every one of them, a line each.
    """
    seconds, drain = settings.EMAIL_TIMEOUT, settings.EMAIL_DRAIN_TIMEOUT
    size, kept = settings.EMAIL_MAX_MESSAGE_BYTES, settings.EMAIL_MEMORY_LIMIT
    # NaN is neither less nor more than anything: no comparison of these is true of it.
    _refuse(
        ("EMAIL_TIMEOUT", seconds, 0 < seconds <= _DAY, "seconds, more than 0 and at most 86400"),
        ("EMAIL_DRAIN_TIMEOUT", drain, 0 <= drain <= _DAY, "seconds, 0 to 86400"),
        ("EMAIL_MAX_MESSAGE_BYTES", size, size is None or size > 0, "bytes, more than 0, or None"),
        ("EMAIL_MEMORY_LIMIT", kept, kept >= 0, "messages, 0 or more"),
    )


def check_queue_limits(settings: EmailSettings) -> None:
    """Check what is said of the job queue.

    Raises:
        ImproperlyConfigured: A number cannot be used; every one of them, a line each.
    """
    deadline, size = settings.EMAIL_QUEUE_DEADLINE, settings.EMAIL_MAX_JOB_BYTES
    _refuse(
        ("EMAIL_QUEUE_DEADLINE", deadline, 0 <= deadline <= _YEAR, "seconds, 0 to a year"),
        ("EMAIL_MAX_JOB_BYTES", size, size > 0, "bytes, more than 0"),
    )


def _refuse(*checks: tuple[str, object, bool, str]) -> None:
    problems = [f"{name}={value!r}; expected {expected}" for name, value, is_good, expected in checks if not is_good]
    if problems:
        raise ImproperlyConfigured("\n".join(problems))
