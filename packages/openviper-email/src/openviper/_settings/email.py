"""The settings of mail, beside ``TEMPLATES_DIR`` and the others of ``BaseSettings``."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from openviper.conf import Secret

__all__ = ["EmailSettings"]


@dataclass(frozen=True, kw_only=True)
class EmailSettings:
    """What ``send_email`` does where its arguments say nothing. The ``EMAIL_*`` are also those of a mailer's own."""

    #: From of a message without ``sender``: ``news@example.org`` or ``The News <news@example.org>``.
    DEFAULT_FROM_EMAIL: str = "webmaster@localhost"
    #: ``console``, ``smtp``, ``memory``, ``file``, ``failover``, or the dotted path of a class.
    EMAIL_BACKEND: str = "console"
    EMAIL_HOST: str = "localhost"
    #: ``None``: 465 with ``EMAIL_USE_SSL``, 25 on this machine's own, else 587.
    EMAIL_PORT: int | None = None
    EMAIL_HOST_USER: str | None = None
    EMAIL_HOST_PASSWORD: Secret[str] | None = None
    #: ``auto``: PLAIN, else LOGIN; or XOAUTH2 with ``EMAIL_TOKEN``.
    EMAIL_AUTH: Literal["auto", "plain", "login", "xoauth2"] = "auto"
    #: The dotted path of a function, sync or async, that returns an access token.
    EMAIL_TOKEN: str | None = None
    #: STARTTLS. ``None``: needed, except for a host that is this machine; ``False``: not used.
    EMAIL_USE_TLS: bool | None = None
    #: TLS from the first byte.
    EMAIL_USE_SSL: bool = False
    #: PEM files: whom to trust instead of the system's authorities, and a certificate of our own with its key.
    EMAIL_SSL_CAFILE: Path | None = None
    EMAIL_SSL_CERTFILE: Path | None = None
    EMAIL_SSL_KEYFILE: Path | None = None
    #: What EHLO says; ``None``: this machine's name.
    EMAIL_LOCAL_HOSTNAME: str | None = None
    #: To send one message, in seconds: connections, its second attempt, everything but to compose it. In a batch, from
    #: its turn on.
    EMAIL_TIMEOUT: float = 30.0
    #: A failed delivery makes ``send_email`` return ``False`` and log, instead of raising.
    EMAIL_FAIL_SILENTLY: bool = False
    #: Of a whole message on the wire; ``None``: what the server's SIZE says.
    EMAIL_MAX_MESSAGE_BYTES: int | None = None
    #: Send again when a connection died after the final dot: the message may then arrive twice.
    EMAIL_RETRY_AMBIGUOUS: bool = False
    #: Connections of a pool; messages over one; how old one gets, in seconds.
    EMAIL_POOL_SIZE: int = 8
    EMAIL_POOL_MAX_MESSAGES: int = 100
    EMAIL_POOL_MAX_AGE: float = 300.0
    #: How long a shutdown waits for messages under way, in seconds; of an application, less than ``SHUTDOWN_TIMEOUT``.
    EMAIL_DRAIN_TIMEOUT: float = 8.0
    #: Where the ``file`` backend writes.
    EMAIL_FILE_PATH: Path | None = None
    #: How many messages the ``memory`` backend keeps, and no more than 256 MiB of them.
    EMAIL_MEMORY_LIMIT: int = 500
    #: Names of mailers that the ``failover`` backend tries, in order; one that could not be reached is tried last for
    #: 30 seconds.
    EMAIL_FAILOVER: tuple[str, ...] = ()
    #: Other mailers, by the name that ``using=`` takes: ``{"bulk": {"BACKEND": "smtp", "HOST": "bulk.example.org"}}``.
    #: The keys are settings without ``EMAIL_``; one that is missing has its default, not the value above.
    #: Not shown by ``repr()``: an entry may have a password that is no ``Secret``.
    EMAIL_MAILERS: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]], repr=False)
    #: The dotted path of a function from a finished message to headers that are put before it: DKIM.
    EMAIL_SIGN: str | None = None
    #: The largest message, as JSON, that is handed to the job queue, in bytes.
    EMAIL_MAX_JOB_BYTES: int = 10_485_760
    #: How long the queue goes on trying, in seconds; one attempt is always made.
    EMAIL_QUEUE_DEADLINE: float = 86_400.0
    #: What renders ``.md``: ``markdown-it``, or ``markdown`` (extra), in a process of its own.
    EMAIL_MARKDOWN: Literal["markdown-it", "markdown"] = "markdown-it"
    #: Move the rules of ``<style>`` into ``style`` attributes, in the html of templates (extra ``css``).
    EMAIL_INLINE_CSS: bool = False
    #: Templates that others than the developers may edit, as patterns of their names: ``customers/*``.
    EMAIL_UNTRUSTED_TEMPLATES: tuple[str, ...] = ()
