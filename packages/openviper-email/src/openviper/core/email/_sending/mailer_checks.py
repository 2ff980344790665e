"""Whether mailers can be made of the settings, without connecting."""

from __future__ import annotations

from openviper._settings.email import EmailSettings
from openviper.conf import ImproperlyConfigured, section
from openviper.core.email._sending.backend_kinds import backend_kind
from openviper.core.email._sending.backend_loading import LoadedBackend
from openviper.core.email._sending.limits import check_mailer_limits, check_queue_limits
from openviper.core.email._sending.mailer_settings import mailer_names, mailer_settings, naming
from openviper.core.email.addresses import parse_mailbox
from openviper.core.email.errors import AddressError
from openviper.core.imports import module_exists

__all__ = ["check_mailers", "mailer_problems", "missing_extras"]


def check_mailers() -> None:
    """Make every mailer once, and look for the packages that the settings need.

    Raises:
        ImproperlyConfigured: One cannot be made, or a package is missing; every problem, a line each.
    """
    problems = mailer_problems()
    problems += [f"{problem}; {hint}" for problem, hint in missing_extras(section(EmailSettings))]
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
        problems += [each for each in _problems_of(name, settings) if each not in problems]
    return problems


def _problems_of(name: str, settings: EmailSettings) -> list[str]:
    try:
        own = mailer_settings(name, settings)
    except ImproperlyConfigured as error:
        return str(error).splitlines()
    problems: list[str] = []
    for check in (check_mailer_limits, _check_backend):
        try:
            with naming(name):
                check(own)
        except ImproperlyConfigured as error:
            # Of an SMTP server its options say some of it, too.
            problems += [each for each in str(error).splitlines() if each not in problems]
    return problems


def _check_backend(settings: EmailSettings) -> None:
    """Make the backend once, and look at the files that it would read at the first message."""
    backend = LoadedBackend(settings).backend
    if backend_kind(settings.EMAIL_BACKEND) == "smtp":
        # Whoever has no server does not load what speaks to one.
        from openviper.core.email._smtp.tls import check_tls_files  # noqa: PLC0415

        check_tls_files(backend.options)


def missing_extras(settings: EmailSettings) -> list[tuple[str, str]]:
    """Return what the settings want of packages that are not installed, each with what installs it."""
    wanted = (
        (settings.EMAIL_MARKDOWN == "markdown", "EMAIL_MARKDOWN is 'markdown'", "markdown", "markdown"),
        (settings.EMAIL_INLINE_CSS, "EMAIL_INLINE_CSS is on", "css_inline", "css"),
    )
    return [
        (
            f"{setting}, and the package {module.replace('_', '-')} is not installed",
            f"pip install 'openviper-email[{extra}]'",
        )
        for is_wanted, setting, module, extra in wanted
        if is_wanted and not module_exists(module)
    ]
