"""A message as bytes, by a mailer's settings: signed, and not larger than they allow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from openviper.conf import ImproperlyConfigured
from openviper.core.email._building.wire import Sign
from openviper.core.email.errors import InvalidMessage, MessageTooLarge, SignError
from openviper.core.email.message import wire_message
from openviper.core.imports import import_string

if TYPE_CHECKING:
    from openviper._settings.email import EmailSettings
    from openviper.core.email.message import EmailMessageData, WireMessage

__all__ = ["Sign", "check_size", "checked_sign", "configured_sign", "finished"]


async def finished(data: EmailMessageData, settings: EmailSettings, *, sign: Sign | None = None) -> WireMessage:
    """Return the message as it would go to a server that can everything.

    Raises:
        MessageTooLarge: It has more than ``EMAIL_MAX_MESSAGE_BYTES``.
        SignError: ``sign``, or what ``EMAIL_SIGN`` names, failed.
    """
    wire = await wire_message(data, utf8=True, sign=sign or configured_sign(settings))
    check_size(data.message_id, wire.size, settings.EMAIL_MAX_MESSAGE_BYTES)
    return wire


def check_size(message_id: str, size: int, limit: int | None) -> None:
    """Refuse a message of more than ``EMAIL_MAX_MESSAGE_BYTES``, which is ``limit``.

    Raises:
        MessageTooLarge: It is.
    """
    if limit is not None and size > limit:
        raise MessageTooLarge(
            f"{message_id} has {size:,} bytes; EMAIL_MAX_MESSAGE_BYTES allows {limit:,}: "
            "send smaller attachments, or a link to them"
        )


def configured_sign(settings: EmailSettings) -> Sign | None:
    """Return the function that ``EMAIL_SIGN`` names.

    Raises:
        ImproperlyConfigured: It names none.
    """
    path = settings.EMAIL_SIGN
    if path is None:
        return None
    try:
        sign = import_string(path)
    except ImportError as error:
        raise ImproperlyConfigured(f"EMAIL_SIGN={path!r}: {error}") from error
    if not callable(sign):
        raise ImproperlyConfigured(
            f"EMAIL_SIGN={path!r} is {type(sign).__name__}; expected a function from a message's bytes to headers"
        )
    return _Signing(cast("Sign", sign), path)


def checked_sign(sign: Sign | None) -> Sign | None:
    """Return what ``sign=`` was given, so that its errors are told from those of a backend.

    Raises:
        InvalidMessage: It is no function.
    """
    if sign is None or isinstance(sign, _Signing):
        return sign
    if not callable(sign):
        raise InvalidMessage(
            f"sign is of type {type(sign).__name__}; expected a function from a message's bytes to headers"
        )
    return _Signing(sign, "sign")


@dataclass(frozen=True, slots=True)
class _Signing:
    """Calls a function that signs."""

    function: Sign
    place: str

    def __call__(self, finished: bytes) -> bytes | Sequence[tuple[str, str]]:
        try:
            return self.function(finished)
        except (InvalidMessage, OSError):
            # Keys may be on another machine, which is back in a minute.
            raise
        except Exception as error:
            raise SignError(f"{self.place} failed: {type(error).__name__}: {error}") from error
