"""What can go wrong with mail.

::

    OpenViperError
    ├── EmailError
    │   ├── InvalidMessage (ValueError)       arguments that no message can be made of
    │   │   ├── AddressError                  an address
    │   │   ├── HeaderError                   a subject, a name, a custom header
    │   │   ├── AttachmentError               an attachment, or where it should come from
    │   │   ├── TemplateError                 a template's name, or what is in it
    │   │   ├── SignError                     a function that signs failed
    │   │   └── MessageTooLarge               more bytes than the server, the settings or the queue take
    │   └── DeliveryError                     some recipient was not accepted; has the result
    └── ImproperlyConfigured (ValueError)     the core's: the EMAIL_* settings cannot be used
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from openviper.core.errors import OpenViperError

if TYPE_CHECKING:
    from openviper.core.email.results import DeliveryResult

__all__ = [
    "AddressError",
    "AttachmentError",
    "DeliveryError",
    "EmailError",
    "HeaderError",
    "InvalidMessage",
    "MessageTooLarge",
    "SignError",
    "TemplateError",
]


class EmailError(OpenViperError):
    """The base of what this package raises."""


class InvalidMessage(EmailError, ValueError):
    """The arguments make no message; nothing was sent."""


class AddressError(InvalidMessage):
    """Not exactly one mailbox that mail can be sent to."""


class HeaderError(InvalidMessage):
    """A subject, a display name or a header that cannot stand in a message."""


class AttachmentError(InvalidMessage):
    """An attachment that is refused, or cannot be had."""


class TemplateError(InvalidMessage):
    """A template that is refused, is not there, or cannot be rendered."""


class SignError(InvalidMessage):
    """A function that signs failed; the same message would make it fail again."""


class MessageTooLarge(InvalidMessage):
    """The message has more bytes than somebody on its way takes."""


class DeliveryError(EmailError):
    """At least one recipient was not accepted.

    Its text names some of them, those of Bcc too: it is for a log, and not for those who read the message.

    Attributes:
        result: What became of each; see :attr:`DeliveryResult.refused` for which and why.
    """

    def __init__(self, result: DeliveryResult) -> None:
        super().__init__(str(result))
        self.result = result

    def __reduce__(self) -> tuple[type[DeliveryError], tuple[DeliveryResult]]:
        return type(self), (self.result,)
