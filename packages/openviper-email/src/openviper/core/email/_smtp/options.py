"""How a mail server is reached, checked before anything is connected."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias, cast, get_args

from openviper.conf import ImproperlyConfigured, Secret
from openviper.core.email._sending.limits import message_checks, problems_of
from openviper.core.imports import import_string
from openviper.core.local_hosts import is_local_host

if TYPE_CHECKING:
    from openviper._settings.email import EmailSettings
    from openviper.core.email._smtp.steps import Observe

__all__ = ["Auth", "SMTPOptions", "Token"]

Auth: TypeAlias = Literal["auto", "plain", "login", "xoauth2"]
#: Returns an access token.
Token: TypeAlias = Callable[[], str | Awaitable[str]]
# Words, as no token is that a machine has made: in an error others are not shown.
_PATH = re.compile(r"[A-Za-z_]{1,40}(?:[.:][A-Za-z_]{1,40}){1,8}")
_PORTS = "a port, 1 to 65535, or None"
_WANTED = "expected the dotted path of a function that returns a token"


@dataclass(frozen=True, slots=True, kw_only=True)
class SMTPOptions:
    """A server, and how messages are sent to it. Fields are the ``EMAIL_*`` of the same meaning.

    Raises:
        ImproperlyConfigured: Something of it cannot be; every problem of it.
    """

    host: str = "localhost"
    #: 0: 465 with ``implicit_tls``, 25 on this machine, else 587.
    port: int = 0
    user: str | None = None
    password: Secret[str] | None = None
    auth: Auth = "auto"
    token: Token | None = None
    #: ``None``: needed, except for a host that is this machine.
    starttls: bool | None = None
    implicit_tls: bool = False
    cafile: Path | None = None
    certfile: Path | None = None
    keyfile: Path | None = None
    local_hostname: str | None = None
    #: For a message in all, in seconds.
    timeout: float = 30.0
    max_message_bytes: int | None = None
    pool_size: int = 8
    max_messages: int = 100
    max_age: float = 300.0
    #: Called with each step of a conversation, which then goes one command at a time; ``None``: nobody looks on.
    observe: Observe | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        problems = [*self._number_problems(), *self._name_problems(), *self._login_problems()]
        if problems:
            raise ImproperlyConfigured("\n".join(problems))
        if self.starttls is None:
            object.__setattr__(self, "starttls", not (self.implicit_tls or self.is_local))
        if not self.port:
            object.__setattr__(self, "port", 465 if self.implicit_tls else 25 if self.is_local else 587)

    @classmethod
    def from_settings(cls, settings: EmailSettings) -> SMTPOptions:
        """Return the options that a mailer's settings say.

        Raises:
            ImproperlyConfigured: They cannot be used; every problem of them.
        """
        # What 0 means here, None says there.
        problems = problems_of(("EMAIL_PORT", 0, settings.EMAIL_PORT != 0, _PORTS))
        token, cause = None, None
        try:
            token = _token(settings.EMAIL_TOKEN)
        except ImproperlyConfigured as error:
            # One in its place, so that no more is said of it.
            token, cause = str, error.__cause__
            problems.append(str(error))
        try:
            options = cls._from(settings, token)
        except ImproperlyConfigured as error:
            problems.append(str(error))
        else:
            if not problems:
                return options
        raise ImproperlyConfigured("\n".join(problems)) from cause

    @classmethod
    def _from(cls, settings: EmailSettings, token: Token | None) -> SMTPOptions:
        return cls(
            host=settings.EMAIL_HOST,
            port=settings.EMAIL_PORT or 0,
            user=settings.EMAIL_HOST_USER or None,
            password=settings.EMAIL_HOST_PASSWORD or None,
            auth=settings.EMAIL_AUTH,
            token=token,
            starttls=settings.EMAIL_USE_TLS,
            implicit_tls=settings.EMAIL_USE_SSL,
            cafile=settings.EMAIL_SSL_CAFILE,
            certfile=settings.EMAIL_SSL_CERTFILE,
            keyfile=settings.EMAIL_SSL_KEYFILE,
            local_hostname=settings.EMAIL_LOCAL_HOSTNAME or None,
            timeout=settings.EMAIL_TIMEOUT,
            max_message_bytes=settings.EMAIL_MAX_MESSAGE_BYTES,
            pool_size=settings.EMAIL_POOL_SIZE,
            max_messages=settings.EMAIL_POOL_MAX_MESSAGES,
            max_age=settings.EMAIL_POOL_MAX_AGE,
        )

    @property
    def is_local(self) -> bool:
        """Whether the server is this machine: nobody listens on the way."""
        # The core takes "testserver" too: the Host of test clients, which here is a machine like any other.
        return is_local_host(self.host) and self.host.lower() != "testserver"

    @property
    def is_encrypted(self) -> bool:
        """Whether nothing but EHLO is said in clear."""
        return bool(self.starttls) or self.implicit_tls

    @property
    def name(self) -> str:
        """Host and port, for people."""
        bare = self.host.removeprefix("[").removesuffix("]")
        return f"[{bare}]:{self.port}" if ":" in bare else f"{bare}:{self.port}"

    def _number_problems(self) -> list[str]:
        return problems_of(
            ("EMAIL_PORT", self.port, 0 <= self.port <= 65_535, _PORTS),
            *message_checks(self.timeout, self.max_message_bytes),
            ("EMAIL_POOL_SIZE", self.pool_size, 1 <= self.pool_size <= 1_000, "1 to 1000 connections"),
            ("EMAIL_POOL_MAX_MESSAGES", self.max_messages, self.max_messages >= 1, "1 message or more"),
            ("EMAIL_POOL_MAX_AGE", self.max_age, self.max_age > 0, "seconds, more than 0"),
        )

    def _name_problems(self) -> list[str]:
        problems: list[str] = []
        if _is_no_name(self.host) or (":" in self.host and not _is_address(self.host)):
            problems.append(
                f"EMAIL_HOST={_shown(self.host)}; expected a host name or an address, without a scheme, and the port "
                "in EMAIL_PORT"
            )
        if self.local_hostname is not None and _is_no_name(self.local_hostname):
            problems.append(
                f"EMAIL_LOCAL_HOSTNAME={_shown(self.local_hostname)}; expected a host name or an address, without a "
                "scheme or a port"
            )
        if self.local_hostname is not None and not self.local_hostname.isascii():
            problems.append(f"EMAIL_LOCAL_HOSTNAME={self.local_hostname!r}; expected ASCII: A-labels (xn--...)")
        if self.implicit_tls and self.starttls:
            problems.append(
                "EMAIL_USE_SSL and EMAIL_USE_TLS are both True; expected one: TLS from the first byte (port 465) or "
                "STARTTLS (port 587)"
            )
        if self.keyfile is not None and self.certfile is None:
            problems.append(f"EMAIL_SSL_KEYFILE={str(self.keyfile)!r} without EMAIL_SSL_CERTFILE; set both or neither")
        return problems

    def _login_problems(self) -> list[str]:
        problems: list[str] = []
        if self.auth not in get_args(Auth):
            problems.append(f"EMAIL_AUTH={self.auth!r}; expected one of {', '.join(map(repr, get_args(Auth)))}")
        if self.auth == "xoauth2" and self.token is None:
            problems.append("EMAIL_AUTH='xoauth2' without EMAIL_TOKEN, which returns the access token")
        if self.auth in ("plain", "login") and self.token is not None:
            problems.append(f"EMAIL_TOKEN with EMAIL_AUTH={self.auth!r}; expected 'xoauth2' or 'auto'")
        if self.user is None and (self.password is not None or self.token is not None):
            problems.append("EMAIL_HOST_PASSWORD or EMAIL_TOKEN without EMAIL_HOST_USER; set both or neither")
        if self.user is not None and self.password is None and self.token is None:
            problems.append("EMAIL_HOST_USER without EMAIL_HOST_PASSWORD or EMAIL_TOKEN; set both or neither")
        if self.user is not None and not self.is_local and self.starttls is False and not self.implicit_tls:
            problems.append(
                f"EMAIL_HOST_USER with EMAIL_USE_TLS=False would send the password in clear to {self.host!r}; "
                "remove EMAIL_USE_TLS=False, or set EMAIL_USE_SSL=True"
            )
        return problems


def _is_no_name(value: str) -> bool:
    return not value or not value.isprintable() or any(char in " /@" for char in value)


def _is_address(host: str) -> bool:
    # A zone says by which network (RFC 4007): fe80::1%eth0.
    bare = host.removeprefix("[").removesuffix("]").partition("%")[0]
    try:
        ip_address(bare)
    except ValueError:
        return False
    return True


def _shown(host: str) -> str:
    """Return a host that is none; of a URL, which may have a password, only what stands behind the last ``@``."""
    before, mark, behind = host.rpartition("@")
    return repr(f"{'*' * 10}@{behind}" if mark and before else host)


def _shown_path(path: str) -> str:
    """Return what should be a dotted path; somebody may have put the token itself there."""
    return repr(path if _PATH.fullmatch(path) else "*" * 10)


def _token(path: str | None) -> Token | None:
    if path is None:
        return None
    try:
        function = import_string(path)
    except ImportError as error:
        if not _PATH.fullmatch(path):
            # The error of the import has it too.
            raise ImproperlyConfigured(f"EMAIL_TOKEN={_shown_path(path)}; {_WANTED}") from None
        raise ImproperlyConfigured(f"EMAIL_TOKEN={path!r}: {error}") from error
    if not callable(function):
        raise ImproperlyConfigured(f"EMAIL_TOKEN={_shown_path(path)} is of type {type(function).__name__}; {_WANTED}")
    return cast("Token", function)
