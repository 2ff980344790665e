"""AUTH: PLAIN, LOGIN or XOAUTH2 (RFC 4954), never in clear over a network."""

from __future__ import annotations

import inspect
from base64 import b64encode
from collections.abc import Collection
from typing import TYPE_CHECKING, cast

from openviper.core.email._smtp.failures import ConnectError
from openviper.core.email._threads import DaemonThreads

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from openviper.core.email._smtp.client import Client
    from openviper.core.email._smtp.options import SMTPOptions

__all__ = ["log_in"]

_TOKENS = DaemonThreads("openviper-email-token")


async def log_in(client: Client, options: SMTPOptions) -> str:
    """Log in by what the options and the server have in common; return what that was: ``plain``.

    Raises:
        ConnectError: There is nothing, or the server refused it.
    """
    user = cast("str", options.user)
    offered = frozenset(method.lower() for method in client.offered.get("AUTH", "").split())
    method = _method(options, offered)
    secret = await _token(options) if method == "xoauth2" else options.password.reveal() if options.password else ""
    client.hide(_shapes(user, secret))
    log_in_by = {"plain": client.auth_plain, "login": client.auth_login, "xoauth2": client.auth_xoauth2}[method]
    # aiosmtplib raises for a refusal; what was said is read from the reply itself.
    await client.attempt(log_in_by(user, secret))
    reply = client.last_reply
    if reply.code != 235:
        raise ConnectError.refused(f"the server refused the login of {user!r}", reply)
    return method


def _method(options: SMTPOptions, offered: Collection[str]) -> str:
    automatic = ("xoauth2",) if options.token is not None else ("plain", "login")
    choices = automatic if options.auth == "auto" else (options.auth,)
    for choice in choices:
        if choice in offered:
            return choice
    has = ", ".join(sorted(offered)).upper() or "none"
    asked = " nor ".join(map(str.upper, choices))
    raise ConnectError("permanent", f"the server offers no AUTH {asked}; it offers {has}: see EMAIL_AUTH")


async def _token(options: SMTPOptions) -> str:
    function = options.token
    if function is None:
        raise ConnectError("permanent", "EMAIL_AUTH='xoauth2' needs EMAIL_TOKEN")
    try:
        # One that is not async may well ask a server of its own.
        is_async = inspect.iscoroutinefunction(function)
        given = function() if is_async else await _TOKENS.run(function)
        token = await cast("Awaitable[object]", given) if inspect.isawaitable(given) else given
    except Exception as error:
        # By its class alone: what it says may hold a secret.
        raise ConnectError("transient", f"EMAIL_TOKEN's function raised {type(error).__name__}") from error
    if not isinstance(token, str) or not token or not token.isascii() or not token.isprintable():
        raise ConnectError("permanent", f"EMAIL_TOKEN's function returned {type(token).__name__}; expected a token")
    return token


def _shapes(user: str, secret: str) -> list[str]:
    """Return all in which the secret goes over the wire, and itself: a server may say back what it did not like."""
    plain = f"\0{user}\0{secret}"
    oauth = f"user={user}\x01auth=Bearer {secret}\x01\x01"
    encoded = [b64encode(each.encode()).decode() for each in (secret, plain, oauth)]
    return [*encoded, secret]
