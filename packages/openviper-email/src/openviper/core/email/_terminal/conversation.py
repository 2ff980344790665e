"""A conversation with a mail server, printed while it goes on."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from openviper.core.email._building.characters import printable
from openviper.core.email._terminal.printing import heading, row

if TYPE_CHECKING:
    from openviper.core.email._smtp.options import SMTPOptions
    from openviper.core.email._smtp.replies import Reply
    from openviper.core.email._smtp.steps import Encryption, Step

__all__ = ["ConversationView"]

_COLORS = {2: "green", 3: "green", 4: "yellow", 5: "red"}
# Of a certificate's names, and of the days until it ends, for which nobody has to be told.
_NAMES = 4
_DAYS = 14


class ConversationView:
    """Prints the steps of one mailer, and keeps them."""

    def __init__(self, mailer: str, options: SMTPOptions) -> None:
        self.options = options
        self.steps: list[Step] = []
        self._title = f"{mailer}: {options.name}, {_security(options)}, {_login(options)}"

    def __call__(self, step: Step) -> None:
        """Print a step."""
        if not self.steps:
            heading(self._title)
        self.steps.append(step)
        verb, _, argument = step.name.partition(" ")
        label = step.name if verb == "AUTH" else "connect" if verb == "connecting" else verb
        color = "red" if step.reply is None else _COLORS[step.reply.code // 100]
        row(label, _said(step, argument, self.options), seconds=step.seconds, color=color)
        if step.encryption is not None:
            _show(step.encryption)

    @property
    def failure(self) -> Exception | None:
        """Why there is no connection, or no more."""
        return next((step.error for step in self.steps if step.error is not None), None)


def _security(options: SMTPOptions) -> str:
    if options.implicit_tls:
        return "TLS from the first byte"
    return "STARTTLS" if options.starttls else "no TLS"


def _login(options: SMTPOptions) -> str:
    return f"login {printable(options.user)!r}" if options.user is not None else "no login"


def _said(step: Step, argument: str, options: SMTPOptions) -> str:
    if step.reply is None:
        return _failed(step, options)
    if step.name.startswith("AUTH"):
        # Without the text: a server may say back what it was told.
        said = " ".join(part for part in (str(step.reply.code), step.reply.enhanced_status) if part)
        return f"{said} logged in as {printable(options.user or '')!r}"
    if step.name == "EHLO":
        return _offers(step.reply)
    after = step.peer if step.name == "connecting" else argument
    return f"{step.reply} ({printable(after)})" if after else str(step.reply)


def _failed(step: Step, options: SMTPOptions) -> str:
    text = str(step.error).removeprefix(f"{options.name}, at {step.name}: ")
    said = (getattr(step.error, "code", None), getattr(step.error, "status", None), text)
    return " ".join(str(part) for part in ("failed:", *said) if part)


def _offers(reply: Reply) -> str:
    name, *offered = (printable(line.decode("utf-8", "replace")).strip() for line in reply.lines)
    return f"{reply.code} {name} offers {', '.join(offered) or 'no extensions'}"


def _show(encryption: Encryption) -> None:
    row("", f"{encryption.version}, {encryption.cipher}")
    names = ", ".join(encryption.names[:_NAMES])
    more = f" and {len(encryption.names) - _NAMES} more" if len(encryption.names) > _NAMES else ""
    row("", f"certificate of {names}{more}; issued by {encryption.issuer or 'nobody named'}")
    if encryption.expires is not None:
        days = (encryption.expires - datetime.now(UTC)).days
        color = "yellow" if days < _DAYS else None
        row("", f"valid until {encryption.expires:%Y-%m-%d} (in {days} days)", color=color)
