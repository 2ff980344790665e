"""From options to a connection that takes messages: TCP, TLS, EHLO, AUTH."""

from __future__ import annotations

import asyncio
import socket
import ssl
from ipaddress import ip_address
from typing import TYPE_CHECKING, cast

from openviper.conf import ImproperlyConfigured
from openviper.core.email._smtp.client import Client
from openviper.core.email._smtp.connection import Connection
from openviper.core.email._smtp.extensions import Extensions
from openviper.core.email._smtp.failures import NOT_TLS, ConnectError
from openviper.core.email._smtp.local_name import LocalName
from openviper.core.email._smtp.login import log_in
from openviper.core.email._smtp.replies import Reply
from openviper.core.email._smtp.sockets import cut, open_socket
from openviper.core.email._smtp.steps import Encryption, ObservedConnection, Step
from openviper.core.email._smtp.tls import tls_context

if TYPE_CHECKING:
    from aiosmtplib import SMTPResponse

    from openviper.core.email._smtp.options import SMTPOptions

__all__ = ["connect"]

_local_name = LocalName()


class _Progress:
    """What is being done, for the error that says so and for whoever looks on."""

    def __init__(self, options: SMTPOptions) -> None:
        self._observe = options.observe
        self.begin("connecting", is_tls=options.implicit_tls)

    def begin(self, step: str, *, is_tls: bool = False) -> None:
        """Note what is asked for now, and whether TLS begins with it."""
        self.step, self.is_tls, self._since = step, is_tls, asyncio.get_running_loop().time()

    def done(self, client: Client, greeting: SMTPResponse | None = None) -> None:
        """Tell that it was answered; the greeting is seen by aiosmtplib alone."""
        transport = client.transport
        if self._observe is None or transport is None:
            return
        reply = client.last_reply if greeting is None else _reply(greeting.code, greeting.message)
        encryption = Encryption.of(transport) if self.is_tls else None
        address = transport.get_extra_info("peername")
        peer = f"{address[0]} port {address[1]}" if address else ""
        self._observe(Step(self.step, self._seconds(), reply, encryption=encryption, peer=peer))

    def failed(self, error: ConnectError) -> None:
        """Tell that it came to nothing."""
        if self._observe is not None:
            self._observe(Step(self.step, self._seconds(), error=error))

    def _seconds(self) -> float:
        return asyncio.get_running_loop().time() - self._since


def _reply(code: int, message: str) -> Reply:
    """Return what aiosmtplib has read."""
    return Reply(code, tuple(message.encode("utf-8", "surrogateescape").split(b"\n")))


async def connect(options: SMTPOptions, deadline: float) -> Connection:
    """Return a connection on which nothing is under way.

    Args:
        options: The server.
        deadline: Until when, on the loop's clock.

    Raises:
        ConnectError: There is none; why, and whether another attempt could help.
    """
    progress = _Progress(options)
    client: Client | None = None
    connected: socket.socket | None = None
    try:
        async with asyncio.timeout_at(deadline):
            context = await tls_context(options) if options.is_encrypted else None
            progress.begin("connecting", is_tls=options.implicit_tls)
            connected = await open_socket(options.host.removeprefix("[").removesuffix("]"), options.port)
            client = _client(options, context, connected)
            await _set_up(client, options, progress)
            return _taken_over(client, options)
    except BaseException as error:
        # The transport closes it. Where none is known, as in the midst of a handshake, it has to hear of the end.
        if client is not None and client.transport is not None:
            cast("asyncio.Transport", client.transport).abort()
        elif connected is not None:
            cut(connected)
        if isinstance(error, asyncio.CancelledError) or not isinstance(error, Exception):
            raise
        failure = _failure(error, client).at(f"{options.name}, at {progress.step}")
        progress.failed(failure)
        raise failure from error


def _client(options: SMTPOptions, context: ssl.SSLContext | None, connected: socket.socket) -> Client:
    # Without timeouts of its own: they would end in wait_for(), which on Python 3.11 can lose a cancellation.
    return Client(
        hostname=options.host.removeprefix("[").removesuffix("]"),
        sock=connected,
        local_hostname="localhost",
        timeout=None,
        use_tls=options.implicit_tls,
        start_tls=False,
        tls_context=context,
    )


async def _set_up(client: Client, options: SMTPOptions, progress: _Progress) -> None:
    greeting = await client.connect()
    client.watch()
    progress.done(client, greeting)
    _refuse_stranger(client, options)
    hostname = options.local_hostname or await _own_name(client)
    progress.begin("EHLO")
    await client.greet(hostname)
    progress.done(client)
    if options.starttls:
        await _start_tls(client, hostname, progress)
    if options.user is not None:
        progress.begin("AUTH")
        progress.step = f"AUTH {(await log_in(client, options)).upper()}"
        progress.done(client)


async def _start_tls(client: Client, hostname: str, progress: _Progress) -> None:
    """Go on encrypted, or not at all; what hinders that is never for good, for anybody on the way can do it."""
    progress.begin("STARTTLS", is_tls=True)
    if "STARTTLS" not in client.offered:
        raise ConnectError(
            "transient",
            "the server offers no STARTTLS, and nothing is sent in clear; EMAIL_USE_SSL=True for one with TLS from the "
            "first byte (port 465), EMAIL_USE_TLS=False for one in a network that nobody else is in",
        )
    await client.attempt(client.secure())
    if client.transport is None or client.transport.get_extra_info("ssl_object") is None:
        raise ConnectError.refused("the server refused STARTTLS", client.last_reply, "transient")
    progress.done(client)
    progress.begin("EHLO")
    await client.greet(hostname)
    progress.done(client)


def _refuse_stranger(client: Client, options: SMTPOptions) -> None:
    """Refuse what has this machine's name and is another one: only for that name nobody was asked for STARTTLS."""
    if options.is_local and not options.is_encrypted and not _is_loopback(client):
        address = client.get_transport_info("peername")[0]
        raise ConnectError(
            "permanent",
            f"the name leads to {address}, another machine than this, and nothing is sent in clear; set "
            "EMAIL_USE_TLS=True, or an EMAIL_HOST that is none of this machine's names",
        )


def _is_loopback(client: Client) -> bool:
    return ip_address(client.get_transport_info("peername")[0].partition("%")[0]).is_loopback


def _taken_over(client: Client, options: SMTPOptions) -> Connection:
    if client.transport is None or client.fault:
        raise ConnectError("transient", client.fault or "the server closed the connection")
    transport, extensions = cast("asyncio.Transport", client.transport), Extensions.of(client.offered)
    if options.observe is not None:
        return ObservedConnection(transport, extensions, options.name, options.observe, mask=client.mask)
    return Connection(transport, extensions, options.name, mask=client.mask)


def _failure(error: Exception, client: Client | None) -> ConnectError:
    """Return what an error means."""
    if isinstance(error, ConnectError):
        return error
    if client is not None and client.fault:
        return ConnectError("transient", client.fault)
    if isinstance(error, ImproperlyConfigured):
        return ConnectError("permanent", str(error))
    if isinstance(error, TimeoutError):
        return ConnectError("transient", "the server did not answer in time", ran_out=True)
    return _failure_of(error)


def _failure_of(error: Exception) -> ConnectError:
    cause = error.__cause__ if isinstance(error.__cause__, OSError) else error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return ConnectError("transient", f"the certificate is refused: {cause.verify_message}")
    if isinstance(cause, ssl.SSLError):
        hint = "; does it speak TLS from the first byte (EMAIL_USE_SSL)?" if cause.reason in NOT_TLS else ""
        return ConnectError("transient", f"TLS failed: {cause}{hint}")
    code, message = getattr(error, "code", None), getattr(error, "message", None)
    if not isinstance(code, int) or not isinstance(message, str):
        return ConnectError("transient", str(cause))
    if code < 200:
        return ConnectError("transient", f"what the server said is no reply: {message}")
    status, text = _reply(code, message).said()
    return ConnectError("permanent" if code >= 500 else "transient", text, code=code, status=status)


async def _own_name(client: Client) -> str:
    """Return this machine's name, or its address as EHLO has it (RFC 5321, 4.1.3)."""
    name = await _local_name.get()
    if name:
        return name
    address = ip_address(client.get_transport_info("sockname")[0].partition("%")[0])
    return f"[IPv6:{address}]" if address.version == 6 else f"[{address}]"
