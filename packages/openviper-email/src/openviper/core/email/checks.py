"""System checks of mail: settings that no mailer can be made of, and those that are not fit for production.

They are found by the entry point ``openviper.checks``; ``openviper viperctl check`` runs them. Nothing is connected.
"""

from __future__ import annotations

from collections.abc import Iterator

from openviper._settings.email import EmailSettings
from openviper.conf import ImproperlyConfigured, section, settings
from openviper.core.checks import CheckMessage, Severity
from openviper.core.email._sending.backend_kinds import backend_kind
from openviper.core.email._sending.drain_limit import RESERVE, drain_limit
from openviper.core.email._sending.mailer_checks import mailer_problems, missing_extras
from openviper.core.email._sending.mailer_settings import mailer_names, mailer_settings, setting_place
from openviper.core.email.addresses import parse_mailbox
from openviper.core.local_hosts import is_local_host

__all__ = ["check_email"]

_CAPTURING = {
    "console": "prints mail instead of sending it",
    "file": "writes mail into files instead of sending it",
    "memory": "keeps mail in the process instead of sending it",
}


def check_email() -> Iterator[CheckMessage]:
    """Report what cannot be used, needs an extra, or sends nothing in production."""
    try:
        mail = section(EmailSettings)
        problems = mailer_problems()
    except ImproperlyConfigured:
        # The core's check says what is wrong with them.
        return
    for problem in problems:
        yield CheckMessage("openviper.email.configuration", Severity.ERROR, problem)
    yield from _extras(mail)
    if problems or not _is_wanted(mail):
        return
    for name in mailer_names(mail):
        yield from _mailer(name, mailer_settings(name, mail))
        yield from _drain(name, mailer_settings(name, mail))
    yield from _sender(mail)


def _is_wanted(mail: EmailSettings) -> bool:
    """Return whether the project says anything of mail; the package comes with others, and may not be used at all."""
    return mail != EmailSettings() or "openviper.core.email" in settings.INSTALLED_APPS


def _extras(mail: EmailSettings) -> Iterator[CheckMessage]:
    for problem, hint in missing_extras(mail):
        yield CheckMessage("openviper.email.extra", Severity.ERROR, problem, hint=hint)


def _drain(name: str, mailer: EmailSettings) -> Iterator[CheckMessage]:
    seconds, limit = mailer.EMAIL_DRAIN_TIMEOUT, drain_limit()
    place = setting_place(name, "DRAIN_TIMEOUT")
    if "openviper.core.email" in settings.INSTALLED_APPS and seconds > limit:
        yield CheckMessage(
            "openviper.email.drain",
            Severity.WARNING,
            f"{place} is {seconds:g} s, and SHUTDOWN_TIMEOUT leaves mail {limit:g} s of a shutdown",
            hint=f"set SHUTDOWN_TIMEOUT to {RESERVE:g} s more than {place}",
        )


def _mailer(name: str, mailer: EmailSettings) -> Iterator[CheckMessage]:
    place = setting_place(name, "BACKEND")
    backend, kind = mailer.EMAIL_BACKEND, backend_kind(mailer.EMAIL_BACKEND)
    if kind in _CAPTURING and not settings.DEBUG:
        yield CheckMessage(
            "openviper.email.backend",
            Severity.WARNING,
            f"{place} is {backend!r}, which {_CAPTURING[kind]}, and DEBUG is off",
            hint=f"set {place} to 'smtp', and {setting_place(name, 'HOST')} to the server that sends",
        )
    if kind == "smtp" and mailer.EMAIL_PORT == 465 and not mailer.EMAIL_USE_SSL:
        yield CheckMessage(
            "openviper.email.port",
            Severity.WARNING,
            f"{setting_place(name, 'PORT')} is 465, where servers speak TLS from the first byte, and that is off",
            hint=f"set {setting_place(name, 'USE_SSL')} to True; STARTTLS is at port 587",
        )


def _sender(mail: EmailSettings) -> Iterator[CheckMessage]:
    domain = parse_mailbox(mail.DEFAULT_FROM_EMAIL).domain
    sends = any(backend_kind(mailer_settings(name, mail).EMAIL_BACKEND) == "smtp" for name in mailer_names(mail))
    if sends and not settings.DEBUG and is_local_host(domain):
        yield CheckMessage(
            "openviper.email.sender",
            Severity.WARNING,
            f"DEFAULT_FROM_EMAIL is {mail.DEFAULT_FROM_EMAIL!r}: other servers take no mail from {domain}",
            hint="set DEFAULT_FROM_EMAIL to an address of your domain",
        )
