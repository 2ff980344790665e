"""What to look at when no connection was had: the usual causes, as one who has seen them would name them."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from typing import TYPE_CHECKING

from openviper.core.email._smtp.failures import NOT_TLS
from openviper.core.email.addresses import parse_mailbox
from openviper.core.local_hosts import is_local_host

if TYPE_CHECKING:
    from openviper.core.email._smtp.options import SMTPOptions

__all__ = ["connection_hint", "sender_hint"]

# X509_V_ERR_*: who issued it is not known, it is out of date, it is for another name.
_UNKNOWN_ISSUER = {18, 19, 20, 21}
_OUT_OF_DATE = {9, 10}
_OTHER_NAME = {62, 63, 64}
_BLOCKED = "many networks and hosters block outgoing ports 25, 465 and 587"


def connection_hint(error: BaseException, options: SMTPOptions) -> str | None:
    """Return what may be wrong where no connection was had; ``None``: the error says all there is."""
    for each in _chain(error):
        found = _network_hint(each, options) or (_tls_hint(each, options) if isinstance(each, ssl.SSLError) else None)
        if found:
            return found
    return None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _network_hint(error: BaseException, options: SMTPOptions) -> str | None:
    where = options.name
    if isinstance(error, socket.gaierror):
        return f"no address is known for {options.host!r}: is EMAIL_HOST right, and is there a network?"
    if isinstance(error, ConnectionRefusedError):
        return f"nobody listens at {where}: are EMAIL_HOST and EMAIL_PORT right, and is the server running?"
    if isinstance(error, TimeoutError):
        if options.port == 465 and not options.implicit_tls:
            return "on port 465 servers wait for TLS from the first byte: EMAIL_USE_SSL=True"
        return f"nothing came back from {where}: are EMAIL_HOST and EMAIL_PORT right? Else {_BLOCKED}"
    if isinstance(error, OSError) and not isinstance(error, ssl.SSLError) and error.errno is not None:
        return f"{where} cannot be reached from here: is there a network? {_BLOCKED.capitalize()}"
    return None


def _tls_hint(error: ssl.SSLError, options: SMTPOptions) -> str | None:
    if isinstance(error, ssl.SSLCertVerificationError):
        return _certificate_hint(error, options)
    if error.reason in NOT_TLS and options.implicit_tls:
        return f"{options.name} speaks no TLS from the first byte: EMAIL_USE_SSL=False, which has STARTTLS (port 587)"
    return f"{options.name} and this machine agree on no TLS: 1.2 is the least that is used"


def _certificate_hint(error: ssl.SSLCertVerificationError, options: SMTPOptions) -> str | None:
    if error.verify_code in _OTHER_NAME:
        return f"the certificate is for another name than {options.host!r}: EMAIL_HOST has to be one that is in it"
    if error.verify_code in _OUT_OF_DATE:
        return "the certificate is out of date, or this machine's clock is wrong"
    if error.verify_code in _UNKNOWN_ISSUER:
        return "nobody whom this machine trusts has issued the certificate; EMAIL_SSL_CAFILE names a file of others"
    return None


def sender_hint(sender: str) -> str | None:
    """Return what is wrong with From, whatever a server says now."""
    domain = parse_mailbox(sender).domain
    if not is_local_host(domain):
        return None
    return f"From is {sender!r}: other servers take no mail from {domain}; set DEFAULT_FROM_EMAIL to one of your domain"
