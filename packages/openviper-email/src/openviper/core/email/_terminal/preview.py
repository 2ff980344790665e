"""A template as the mail that it makes, in a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click
import jinja2

from openviper.core.email._rendering.sample_contexts import templates_without_preview
from openviper.core.email._sending.finished import finished
from openviper.core.email._sending.mailer_settings import mailer_settings
from openviper.core.email._terminal.finding import Found, sample_context
from openviper.core.email._terminal.missing import missing_variables
from openviper.core.email._terminal.printing import heading, say
from openviper.core.email.errors import EmailError, TemplateError
from openviper.core.email.headers import format_date
from openviper.core.email.sender import compose_email
from openviper.core.terminal_text import harmless

if TYPE_CHECKING:
    from openviper.core.email.message import EmailMessageData
    from openviper.core.email.previews import AppPreviews

__all__ = ["compose_preview", "list_previews", "show_message", "wire_bytes"]

#: Example: nobody has it (RFC 2606).
_RECIPIENT = "recipient@example.org"
_TAG = re.compile(r"<[^<>]*>")


async def compose_preview(found: Found, context: Mapping[str, Any] | None) -> EmailMessageData:
    """Return the message that a template makes.

    Args:
        found: The template.
        context: Its variables; ``None``: those of the preview.

    Raises:
        EmailError: It cannot be rendered, or what it makes cannot be sent.
    """
    variables = await sample_context(found) if context is None else context
    preview = found.preview
    try:
        return await compose_email(
            _RECIPIENT,
            preview.subject,
            template=preview.template,
            context=variables,
            attachments=preview.attachments or None,
        )
    except EmailError as error:
        raise _with_missing(error, found, variables) from error
    except Exception as error:
        notes = "".join(f"; {note}" for note in getattr(error, "__notes__", ()))
        raise TemplateError(f"{preview.template!r} raised {type(error).__name__}: {error}{notes}") from error


def _with_missing(error: EmailError, found: Found, variables: Mapping[str, Any]) -> EmailError:
    """Return the error, with all names that are missing where it has one of them, and with where they come from."""
    if not isinstance(error.__cause__, jinja2.UndefinedError):
        return error
    missing = missing_variables(found.preview.template, map(str, variables))
    every = f"; not in the context: {', '.join(missing)}" if len(missing) > 1 else ""
    hint = "" if found.app or variables else "; give variables by --context, or a preview in an app's mail_previews.py"
    return TemplateError(f"{error}{every}{hint}")


async def wire_bytes(data: EmailMessageData) -> bytes:
    """Return the message as a server would get it."""
    return bytes(await finished(data, mailer_settings(data.using)))


def show_message(found: Found, data: EmailMessageData, size: int) -> None:
    """Print headers, text and html."""
    heading(str(found))
    for name, value in _fields(data, size):
        say(f"{click.style(f'{name}:', bold=True)}{' ' * max(14 - len(name), 1)}{harmless(value)}")
    for name, body in (("text", data.text), ("html", data.html)):
        if body is not None:
            say()
            heading(name)
            shown = harmless(body.replace("\r\n", "\n").rstrip("\n"))
            say(_TAG.sub(lambda tag: click.style(tag[0], dim=True), shown) if name == "html" else shown)


def _fields(data: EmailMessageData, size: int) -> Iterator[tuple[str, str]]:
    yield "From", data.sender
    yield "To", ", ".join(data.recipients)
    yield "Subject", data.subject or "(none: Preview(..., subject=...) has it)"
    yield "Date", format_date(data.date)
    yield "Message-ID", data.message_id
    yield from data.headers
    for each in data.attachments:
        yield "Attachment", f"{each.filename}, {each.mimetype}, {len(each.content):,} bytes"
    yield "Size", f"{size:,} bytes on the wire"


async def list_previews(previews: Sequence[AppPreviews], *, err: bool = False) -> None:
    """Print what can be shown."""
    for each in previews:
        if each.previews:
            say(click.style(each.app, bold=True), err=err)
        for preview in each.previews:
            template = "" if preview.name == preview.template else f" ({preview.template})"
            say(f"  {harmless(preview.name + template):<40} {harmless(preview.subject)}".rstrip(), err=err)
    others = await templates_without_preview(list(previews))
    if others:
        say(click.style("without a preview", bold=True), err=err)
    for name in others:
        say(f"  {harmless(name)}", err=err)
    if not others and not any(each.previews for each in previews):
        say("No app has previews; PREVIEWS in its module mail_previews has them.", err=err)
