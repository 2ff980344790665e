"""Mail that arrives, and an honest answer when it does not.

::

    from openviper.core.email import send_email

    await send_email("ada@example.org", "Welcome", "Hello from OpenViper!")

What is documented can be imported from here; importing this package imports none of it. The modules, in the order in
which a message meets them:

- ``sender``: ``send_email`` and its siblings; ``addresses``, ``headers``, ``message``: what a message is, and may be.
- ``templates``, ``previews``, ``attachments``, ``fetch``: what it is made of.
- ``mailers``, ``queue``: who sends it, and when; ``results``, ``errors``: what became of it.
- ``backends``: where it goes; ``pool``: the connections of ``smtp``.
- ``inbox``, ``commands``, ``checks``, ``apps``, ``pages``, ``pytest_plugin``: for those who develop and run it.

Behind them: ``_building`` (bytes), ``_rendering`` (templates), ``_attaching`` (files and URLs), ``_sending`` (from a
call to a backend), ``_smtp`` (a conversation with a server), ``_inbox`` (the page), ``_terminal`` (the commands).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from openviper.core.email.attachments import AttachmentData, resolve_attachments
    from openviper.core.email.errors import (
        AddressError,
        AttachmentError,
        DeliveryError,
        EmailError,
        HeaderError,
        InvalidMessage,
        MessageTooLarge,
        SignError,
        TemplateError,
    )
    from openviper.core.email.mailers import close_mailers
    from openviper.core.email.message import EmailMessageData, build_message
    from openviper.core.email.results import DeliveryResult, RecipientResult
    from openviper.core.email.sender import compose_email, send_email, send_message, send_messages, stream_messages
    from openviper.core.email.templates import render_template, render_template_content

__all__ = [
    "AddressError",
    "AttachmentData",
    "AttachmentError",
    "DeliveryError",
    "DeliveryResult",
    "EmailError",
    "EmailMessageData",
    "HeaderError",
    "InvalidMessage",
    "MessageTooLarge",
    "RecipientResult",
    "SignError",
    "TemplateError",
    "build_message",
    "close_mailers",
    "compose_email",
    "render_template",
    "render_template_content",
    "resolve_attachments",
    "send_email",
    "send_message",
    "send_messages",
    "stream_messages",
]

_MODULES = {
    "AddressError": "errors",
    "AttachmentData": "attachments",
    "AttachmentError": "errors",
    "DeliveryError": "errors",
    "DeliveryResult": "results",
    "EmailError": "errors",
    "EmailMessageData": "message",
    "HeaderError": "errors",
    "InvalidMessage": "errors",
    "MessageTooLarge": "errors",
    "RecipientResult": "results",
    "SignError": "errors",
    "TemplateError": "errors",
    "build_message": "message",
    "close_mailers": "mailers",
    "compose_email": "sender",
    "render_template": "templates",
    "render_template_content": "templates",
    "resolve_attachments": "attachments",
    "send_email": "sender",
    "send_message": "sender",
    "send_messages": "sender",
    "stream_messages": "sender",
}


def __getattr__(name: str) -> Any:
    # A message that is only queued needs neither templates nor an SMTP client.
    if name in _MODULES:
        from importlib import import_module  # noqa: PLC0415

        return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES})
