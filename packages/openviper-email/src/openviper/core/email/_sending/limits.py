"""The numbers of the settings; those of an SMTP server alone are in its options, by the same sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from openviper.conf import ImproperlyConfigured

if TYPE_CHECKING:
    from openviper._settings.email import EmailSettings

__all__ = ["Check", "check_mailer_limits", "check_queue_limits", "message_checks", "problems_of"]

#: The name of a setting, its value, whether that can be, and what can.
Check: TypeAlias = tuple[str, object, bool, str]

_DAY = 86_400.0
_YEAR = 366 * _DAY


def check_mailer_limits(settings: EmailSettings) -> None:
    """Check what every mailer has, whatever its backend.

    Raises:
        ImproperlyConfigured: A number cannot be used; every one of them, a line each.
    """
    drain, kept = settings.EMAIL_DRAIN_TIMEOUT, settings.EMAIL_MEMORY_LIMIT
    _refuse(
        *message_checks(settings.EMAIL_TIMEOUT, settings.EMAIL_MAX_MESSAGE_BYTES),
        ("EMAIL_DRAIN_TIMEOUT", drain, 0 <= drain <= _DAY, "seconds, 0 to 86400"),
        ("EMAIL_MEMORY_LIMIT", kept, kept >= 1, "1 message or more"),
    )


def message_checks(seconds: float, size: int | None) -> tuple[Check, Check]:
    """Return what is to be asked of ``EMAIL_TIMEOUT`` and ``EMAIL_MAX_MESSAGE_BYTES``."""
    # NaN is neither less nor more than anything: no comparison of these is true of it.
    return (
        ("EMAIL_TIMEOUT", seconds, 0 < seconds <= _DAY, "seconds, more than 0 and at most 86400"),
        ("EMAIL_MAX_MESSAGE_BYTES", size, size is None or size > 0, "bytes, more than 0, or None"),
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


def problems_of(*checks: Check) -> list[str]:
    """Return a sentence for each number that cannot be."""
    return [f"{name}={value!r}; expected {expected}" for name, value, is_good, expected in checks if not is_good]


def _refuse(*checks: Check) -> None:
    problems = problems_of(*checks)
    if problems:
        raise ImproperlyConfigured("\n".join(problems))
