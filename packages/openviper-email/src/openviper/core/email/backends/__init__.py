"""Where messages go.

- ``console``: printed, to be read in a terminal; the default.
- ``smtp``: a mail server, over a pool of connections.
- ``memory``: kept in the process, for tests and the inbox page.
- ``file``: one ``.eml`` file a message.
- ``failover``: the next mailer, where one surely did not send.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from openviper.core.email.backends.console import ConsoleBackend
    from openviper.core.email.backends.failover import FailoverBackend
    from openviper.core.email.backends.file import FileBackend
    from openviper.core.email.backends.memory import MemoryBackend
    from openviper.core.email.backends.smtp import SMTPBackend
    from openviper.core.email.message import EmailMessageData
    from openviper.core.email.results import DeliveryResult

__all__ = ["ConsoleBackend", "EmailBackend", "FailoverBackend", "FileBackend", "MemoryBackend", "SMTPBackend"]

_MODULES = {
    "ConsoleBackend": "console",
    "FailoverBackend": "failover",
    "FileBackend": "file",
    "MemoryBackend": "memory",
    "SMTPBackend": "smtp",
}


@runtime_checkable
class EmailBackend(Protocol):
    """Anything that takes messages; ``EMAIL_BACKEND`` names its class, which is made without arguments.

    It should open nothing when it is made, only with its first message: the start of an application and the checks make
    one of each mailer to see whether its settings can be used, and throw it away.

    A backend may also have ``async close()``, which finishes what is under way when the program ends, and
    ``concurrency``, the number of messages of a batch that it is given at a time (1 where it has none). What it is
    given more follows from the names of parameters: ``close(timeout)`` the seconds that are left, ``send(sign=...)``
    the function that signs, ``send(seconds=...)`` how long it may take, and then nobody else ends it. Either may be a
    function that is not async, which runs in a thread. ``from_settings(settings)``, a class method, is called instead
    of the class, with an ``EmailSettings`` that has what the mailer's entry says.
    """

    async def send(self, message_data: EmailMessageData) -> DeliveryResult | None:
        """Send one message to its ``envelope_recipients``.

        Returns:
            What became of each recipient; ``None``: all were accepted.

        Raises:
            Exception: The message was surely not sent; it counts as refused for now, for all recipients.
        """
        ...


def __getattr__(name: str) -> Any:
    # Whoever prints mail does not load an SMTP client.
    if name in _MODULES:
        from importlib import import_module  # noqa: PLC0415

        return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES})
