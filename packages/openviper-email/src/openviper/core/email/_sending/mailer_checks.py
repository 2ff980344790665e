"""Whether mailers can be made of the settings, without connecting."""

from __future__ import annotations

from openviper._settings.email import EmailSettings
from openviper.conf import ImproperlyConfigured, section
from openviper.core.email._sending.limits import check_queue_limits
from openviper.core.email._sending.mailer_settings import mailer_names, mailer_settings
from openviper.core.email.addresses import parse_mailbox
from openviper.core.email.errors import AddressError
from openviper.core.email.mailers import Mailer

__all__ = ["check_mailers", "mailer_problems"]


def check_mailers() -> None:
    """Make every mailer once.

    Raises:
        ImproperlyConfigured: One cannot be made; every problem, a line each.
    """
    problems = mailer_problems()
    if problems:
        raise ImproperlyConfigured("\n".join(problems))


def mailer_problems() -> list[str]:
    """Return each problem of the settings as a line: of the sender, the job queue, and each mailer."""
    settings = section(EmailSettings)
    problems: list[str] = []
    try:
        parse_mailbox(settings.DEFAULT_FROM_EMAIL, "DEFAULT_FROM_EMAIL")
    except AddressError as error:
        problems.append(str(error))
    try:
        check_queue_limits(settings)
    except ImproperlyConfigured as error:
        problems += str(error).splitlines()
    for name in mailer_names(settings):
        try:
            made = mailer_settings(name, settings)
            Mailer(name, made)
        except ImproperlyConfigured as error:
            problems += [line for line in str(error).splitlines() if line not in problems]
    return problems
