"""The check of ALLOWED_HOSTS: what would let in too much, or nobody, once DEBUG is off."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from openviper.conf import settings
from openviper.core.checks import CheckMessage, Severity
from openviper.core.local_hosts import is_local_host
from openviper.middleware._listed import Listed

__all__ = ["check_hosts"]


def check_hosts(entries: Sequence[Listed]) -> Iterator[CheckMessage]:
    """Report hosts that are anybody's, that nothing checks, or that no other machine asks for."""
    hosts = settings.ALLOWED_HOSTS
    security = next((entry for entry in entries if entry.kind == "security"), None)
    if "*" in hosts:
        yield CheckMessage(
            "openviper.middleware.any_host",
            Severity.WARNING,
            "ALLOWED_HOSTS has '*', and DEBUG is off: links made of the Host header lead wherever a client says",
            hint="name the hosts of this project: 'example.org', or '.example.org' for all below it",
        )
    elif hosts and settings.MIDDLEWARE and security is None:
        # Without any middleware it may be no web application.
        yield CheckMessage(
            "openviper.middleware.hosts_unchecked",
            Severity.WARNING,
            "ALLOWED_HOSTS is set, and nothing in settings.MIDDLEWARE checks the hosts of requests",
            hint="list 'openviper.middleware.security.SecurityMiddleware'",
        )
    elif hosts and security is not None and security.own is not None and all(map(is_local_host, hosts)):
        yield CheckMessage(
            "openviper.middleware.hosts_local",
            Severity.WARNING,
            f"ALLOWED_HOSTS={hosts!r} names this machine alone, and DEBUG is off: whoever asks for another host "
            "gets 400",
            hint="set OPENVIPER_ALLOWED_HOSTS to the hosts that the site is reached by: example.org,.example.net",
        )
