"""Where mail is kept: by the default mailer, and by all others that have the backends ``memory`` and ``file``."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from openviper._settings.email import EmailSettings
from openviper.conf import ImproperlyConfigured, section
from openviper.core.email._sending.backend_kinds import backend_kind
from openviper.core.email._sending.captured import CapturedMail
from openviper.core.email._sending.mailer_settings import mailer_names, mailer_settings, setting_place
from openviper.core.email.backends.file import MailFolder
from openviper.core.email.backends.memory import outbox

__all__ = ["Stores", "kept_stores"]


@dataclass(frozen=True, slots=True)
class Stores:
    """What keeps mail."""

    #: Each once, however many mailers keep their mail there.
    every: tuple[CapturedMail, ...] = ()
    #: The mailers that do.
    mailers: tuple[str, ...] = ()
    #: Why that of some mailers cannot be shown; empty: there is no such mailer.
    problem: str = ""


def kept_stores() -> Stores:
    """Return the stores of the settings in force.

    Raises:
        ImproperlyConfigured: There is none, and some mailer that cannot be used may have one.
    """
    settings = section(EmailSettings)
    found: dict[Hashable, CapturedMail] = {}
    mailers: list[str] = []
    problems: list[str] = []
    for name in mailer_names(settings):
        try:
            kept = _of_mailer(name, mailer_settings(name, settings))
        except ImproperlyConfigured as error:
            problems.append(str(error))
            continue
        if kept is not None:
            found.setdefault(*kept)
            mailers.append(name)
    if problems and not found:
        raise ImproperlyConfigured("; ".join(problems))
    return Stores(tuple(found.values()), tuple(mailers), "; ".join(problems))


def _of_mailer(name: str, settings: EmailSettings) -> tuple[Hashable, CapturedMail] | None:
    kind = backend_kind(settings.EMAIL_BACKEND)
    if kind == "memory":
        return "memory", outbox
    if kind != "file":
        return None
    if settings.EMAIL_FILE_PATH is None:
        raise ImproperlyConfigured(
            f"{setting_place(name, 'FILE_PATH')} is not set, and {setting_place(name, 'BACKEND')}='file' writes there; "
            "set a folder"
        )
    return settings.EMAIL_FILE_PATH.absolute(), MailFolder(settings.EMAIL_FILE_PATH)
