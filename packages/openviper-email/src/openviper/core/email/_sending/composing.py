"""A complete message from the arguments of ``send_email``."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sized
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

from openviper.core.email._building.characters import quoted
from openviper.core.email._building.content_ids import missing_ids
from openviper.core.email._building.parts import LONG_HTML
from openviper.core.email._sending.mailer_settings import mailer_settings
from openviper.core.email.attachments import AttachmentData, resolve_attachments
from openviper.core.email.errors import InvalidMessage
from openviper.core.email.headers import auto_submitted_header, check_headers, list_unsubscribe_headers
from openviper.core.email.message import EmailMessageData

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from openviper.core.email.headers import Headers

__all__ = ["Addresses", "AutoSubmitted", "Content", "compose_email"]

#: One address, or several.
Addresses: TypeAlias = "str | Iterable[str]"
#: Of ``Auto-Submitted`` (RFC 3834, RFC 5436).
AutoSubmitted: TypeAlias = Literal["auto-generated", "auto-replied", "auto-notified", "no"]
#: Text and html.
Content: TypeAlias = "tuple[str | None, str | None]"

# So many addresses are read in a thread: ten thousand names in quotes take 0.1 s.
_MANY = 500
# Of images, in a line of the log.
_MOST_NAMED = 5

_logger = logging.getLogger("openviper.email")


def _is_list(value: object) -> bool:
    # The keys of a mapping would pass for addresses.
    return isinstance(value, Iterable) and not isinstance(value, bytes | bytearray | Mapping)


async def compose_email(  # noqa: PLR0913 - those of send_email
    recipients: Addresses,
    subject: str,
    text: str | None = None,
    html: str | None = None,
    *,
    template: str | None = None,
    context: Mapping[str, Any] | None = None,
    attachments: Iterable[Any] | None = None,
    sender: str | None = None,
    cc: Addresses | None = None,
    bcc: Addresses | None = None,
    reply_to: Addresses | None = None,
    headers: Headers | None = None,
    envelope_sender: str | None = None,
    auto_submitted: AutoSubmitted | None = None,
    list_unsubscribe: str | Iterable[str] | None = None,
    using: str = "default",
    message_id: str | None = None,
) -> EmailMessageData:
    """Return the message that :func:`send_email` would send, without sending it; the arguments are those of it.

    Addresses and headers are checked first; then the template is rendered while attachments are read.

    Raises:
        InvalidMessage: The arguments make no message.
        ImproperlyConfigured: There is no mailer ``using``.
    """
    _check_using(using)
    _check_content(text, html, template, context)
    make = partial(
        EmailMessageData,
        recipients=cast("tuple[str, ...]", recipients),
        subject=subject,
        text=text or "",
        html=html,
        sender=_or_empty(sender),
        cc=_addresses(cc),
        bcc=_addresses(bcc),
        reply_to=_addresses(reply_to),
        headers=_headers(headers, auto_submitted, list_unsubscribe),
        envelope_sender=envelope_sender,
        message_id=_or_empty(message_id),
        using=using,
    )
    many = any(map(_is_long, (recipients, cc, bcc, reply_to)))
    draft = await _done(make, many)
    if template is None and attachments is None and text is not None:
        await _tell_missing_images(draft)
        return draft
    rendered, attached = await _both(_rendered(template, context), _resolved(attachments))
    text, html = (rendered[0] if text is None else text), (rendered[1] if html is None else html)
    if text is None and html is not None:
        text = await _as_text(html)
    data = await _done(partial(replace, draft, text=text, html=html, attachments=tuple(attached)), many)
    await _tell_missing_images(data)
    return data


def _is_long(addresses: object) -> bool:
    return isinstance(addresses, Sized) and not isinstance(addresses, str) and len(addresses) > _MANY


async def _done(make: Callable[[], EmailMessageData], many: bool) -> EmailMessageData:
    return await asyncio.to_thread(make) if many else make()


def _or_empty(value: str | None) -> str:
    return "" if value is None else value


def _addresses(value: Addresses | None) -> tuple[str, ...]:
    # The message makes a tuple of it, and says what is wrong with it.
    return () if value is None else cast("tuple[str, ...]", value)


def _check_using(using: object) -> None:
    if not isinstance(using, str):
        raise InvalidMessage(f"using is of type {type(using).__name__}; expected the name of a mailer")
    mailer_settings(using)


def _check_content(text: object, html: object, template: object, context: object) -> None:
    for name, value in (("text", text), ("html", html), ("template", template)):
        if value is not None:
            _check_text(value, name)
    if text is None and html is None and template is None:
        raise InvalidMessage("a message needs text, html or a template; it has none")
    if context is not None and template is None:
        raise InvalidMessage("context was given without template, which would read it")
    if context is not None and not isinstance(context, Mapping):
        raise InvalidMessage(f"context is of type {type(context).__name__}; expected a dict of variables")


def _headers(
    given: Headers | None, auto_submitted: AutoSubmitted | None, list_unsubscribe: str | Iterable[str] | None
) -> tuple[tuple[str, str], ...]:
    more: list[tuple[str, str]] = []
    if auto_submitted is not None:
        _check_text(auto_submitted, "auto_submitted")
        more.append(auto_submitted_header(auto_submitted))
    if list_unsubscribe is not None:
        targets = _targets(list_unsubscribe)
        # A mailto: alone is right too (RFC 2369); one click needs https: (RFC 8058).
        one_click = any(str(each).lower().startswith("https:") for each in targets)
        more += list_unsubscribe_headers(targets, one_click=one_click or not targets)
    return (*check_headers(given or ()), *more)


def _targets(given: str | Iterable[str]) -> tuple[str, ...]:
    if isinstance(given, str):
        return (given,)
    if not _is_list(given):
        raise InvalidMessage(f"list_unsubscribe is of type {type(given).__name__}; expected a URL, or a list of URLs")
    targets = tuple(given)
    for index, each in enumerate(targets):
        _check_text(each, f"list_unsubscribe[{index}]")
    return targets


def _check_text(value: object, place: str) -> None:
    if not isinstance(value, str):
        raise InvalidMessage(f"{place} is of type {type(value).__name__}; expected a str")


async def _both(
    rendering: Coroutine[Any, Any, Content], resolving: Coroutine[Any, Any, list[AttachmentData]]
) -> tuple[Content, list[AttachmentData]]:
    """Await both at a time; when one fails, the other is given up."""
    tasks = asyncio.create_task(rendering), asyncio.create_task(resolving)
    try:
        return await asyncio.gather(*tasks)
    finally:
        for each in tasks:
            each.cancel()
        await asyncio.wait(tasks)


async def _rendered(template: str | None, context: Mapping[str, Any] | None) -> Content:
    if template is None:
        return None, None
    # Jinja2 is loaded by whoever has a template.
    from openviper.core.email.templates import render_template  # noqa: PLC0415

    return await render_template(template, context)


async def _resolved(attachments: Iterable[Any] | None) -> list[AttachmentData]:
    return [] if attachments is None else await resolve_attachments(attachments)


async def _as_text(html: str) -> str:
    # Only for mail that has none.
    from openviper.core.email._rendering.html_text import text_from_html  # noqa: PLC0415

    return text_from_html(html) if len(html) <= LONG_HTML else await asyncio.to_thread(text_from_html, html)


async def _tell_missing_images(data: EmailMessageData) -> None:
    # One search, for all those who show none.
    if data.html is None or "cid:" not in data.html:
        return
    given = data.html, data.attachments
    missing = missing_ids(*given) if len(data.html) <= LONG_HTML else await asyncio.to_thread(missing_ids, *given)
    if missing:
        shown = ", ".join(quoted(each) for each in missing[:_MOST_NAMED])
        _logger.warning("%s shows images by cid: that no attachment has as content_id: %s", data.message_id, shown)
