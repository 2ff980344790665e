"""The commands ``send-test-email`` and ``preview-email`` of ``openviper viperctl``."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from openviper.core.email._terminal.finding import Found, find
from openviper.core.email._terminal.preview import compose_preview, list_previews, show_message, wire_bytes
from openviper.core.email._terminal.printing import say
from openviper.core.email._terminal.sending import send_and_tell
from openviper.core.email.errors import TemplateError
from openviper.core.email.previews import load_previews
from openviper.core.terminal_text import harmless

if TYPE_CHECKING:
    from openviper.core.email.previews import AppPreviews

__all__ = ["preview_email", "send_test_email"]


@click.command()
@click.argument("addresses", metavar="ADDRESS...", nargs=-1, required=True)
@click.option("--using", metavar="NAME", default="default", help="The mailer: a name of EMAIL_MAILERS.")
@click.option("--from", "sender", metavar="ADDRESS", help="From, instead of DEFAULT_FROM_EMAIL.")
@click.option("--subject", default="Test mail", show_default=True)
def send_test_email(addresses: tuple[str, ...], using: str, sender: str | None, subject: str) -> None:
    """Send a mail, and tell what the server said, step by step, and how long each step took.

    The mail goes the way that all mail goes, but for two things: commands are sent one at a time, so that each has its
    own time and answer, and there is no second attempt.

    Exits with 1 where somebody was not accepted.
    """
    sent = asyncio.run(send_and_tell(addresses, subject, sender, using))
    if not sent.result.ok:
        raise click.ClickException(str(sent))
    say(str(sent), err=True)


def _context_file(ctx: click.Context, param: click.Parameter, value: str | None) -> dict[str, Any] | None:
    """Read ``--context-file``."""
    if value is None:
        return None
    try:
        with click.open_file(value, encoding="utf-8") as file:
            content = file.read()
    except OSError as error:
        raise click.BadParameter(f"{value!r} cannot be read: {error.strerror}", ctx, param) from error
    except UnicodeDecodeError as error:
        raise click.BadParameter(f"{value!r} is no UTF-8: {error.reason}", ctx, param) from error
    return _context(ctx, param, content)


def _context(ctx: click.Context, param: click.Parameter, value: str | None) -> dict[str, Any] | None:
    """Read ``--context``."""
    if value is None:
        return None
    try:
        given: object = json.loads(value)
    except (ValueError, RecursionError) as error:
        raise click.BadParameter(f"it is no JSON: {error}", ctx, param) from error
    if not isinstance(given, dict):
        raise click.BadParameter(f'it is {type(given).__name__}; expected an object: {{"name": "Ada"}}', ctx, param)
    return cast("dict[str, Any]", given)


@click.command()
@click.argument("template", required=False)
@click.option("--app", metavar="APP", help="The app whose preview it is, where several have one.")
@click.option("--context", callback=_context, metavar="JSON", help="The variables, instead of those of the preview.")
@click.option("--context-file", callback=_context_file, metavar="FILE", help="A file with them, as JSON; -: stdin.")
@click.option("--text", is_flag=True, help="The text alone, as it is.")
@click.option("--html", is_flag=True, help="The html alone, as it is.")
@click.option("--raw", is_flag=True, help="The whole message, as a server would get it.")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write it there instead; without another option the whole message, for FILE.eml.",
)
@click.option("--force", is_flag=True, help="Overwrite FILE of --output.")
def preview_email(
    template: str | None,
    app: str | None,
    context: dict[str, Any] | None,
    context_file: dict[str, Any] | None,
    output: Path | None,
    force: bool,
    **parts: bool,
) -> None:
    """Render a mail template as it would be sent, with the context of its preview.

    TEMPLATE is the name of a template, or of a preview of an app's mail_previews. Without it, they are listed.
    """
    if context is not None and context_file is not None:
        raise click.UsageError("--context and --context-file are two contexts; expected one")
    part = _one(parts)
    previews = load_previews()
    for each in previews:
        if each.error:
            say(f"Warning: {harmless(each.error)}", err=True)
    if template is None:
        asyncio.run(list_previews(previews))
        return
    found = _found(template, previews, app)
    asyncio.run(_preview(found, context if context_file is None else context_file, part, output, force))


def _one(parts: dict[str, bool]) -> str | None:
    wanted = [name for name, is_wanted in parts.items() if is_wanted]
    if len(wanted) > 1:
        raise click.UsageError(f"{' and '.join(f'--{name}' for name in wanted)} were given; expected one of them")
    return wanted[0] if wanted else None


def _found(template: str, previews: list[AppPreviews], app: str | None) -> Found:
    try:
        found = find(template, previews, app)
    except TemplateError:
        asyncio.run(list_previews(previews, err=True))
        raise
    if found.others:
        say(f"There is also {', '.join(map(harmless, found.others))}", err=True)
    return found


async def _preview(
    found: Found, context: dict[str, Any] | None, part: str | None, output: Path | None, force: bool
) -> None:
    data = await compose_preview(found, context)
    wire = await wire_bytes(data)
    if part is None and output is None:
        show_message(found, data, len(wire))
        return
    body = {"text": data.text, "html": data.html}.get(part or "")
    if part in ("text", "html") and body is None:
        raise TemplateError(f"{found.preview.template!r} makes no {part}")
    content = wire if body is None else body.encode("utf-8", "surrogateescape")
    if output is None:
        # A prompt that follows it stands on a line of its own; a file gets what it is.
        click.echo(content, nl=sys.stdout.isatty() and not content.endswith(b"\n"))
        return
    await asyncio.to_thread(_write, output, content, force)
    say(f"{len(content):,} bytes were written to {output}", err=True)


def _write(path: Path, content: bytes, force: bool) -> None:
    try:
        # Of a pipe or a terminal nothing is lost.
        is_free = force or (path.exists() and not path.is_file())
        with path.open("wb" if is_free else "xb") as file:
            file.write(content)
    except FileExistsError:
        raise click.ClickException(f"{str(path)!r} is there already; --force overwrites it") from None
    except OSError as error:
        raise click.ClickException(f"{str(path)!r} cannot be written: {error.strerror}") from error
