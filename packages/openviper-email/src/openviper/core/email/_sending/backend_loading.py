"""The backend of a mailer, made from its settings, and called whether it is sync or async."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from threading import Lock
from typing import TYPE_CHECKING, Any, cast

from openviper.conf import ImproperlyConfigured
from openviper.core.email._sending.finished import configured_sign
from openviper.core.email._sending.stopping import stoppable, stopped
from openviper.core.email._threads import DaemonThreads
from openviper.core.imports import closest, import_string

if TYPE_CHECKING:
    from openviper._settings.email import EmailSettings
    from openviper.core.email._building.wire import Sign
    from openviper.core.email.message import EmailMessageData

__all__ = ["LoadedBackend", "NoAnswerError", "NotBegunError", "backend_class"]

_OURS = {
    "console": "ConsoleBackend",
    "failover": "FailoverBackend",
    "file": "FileBackend",
    "memory": "MemoryBackend",
    "smtp": "SMTPBackend",
}


def backend_class(path: str) -> type[Any]:
    """Return the class that ``EMAIL_BACKEND`` names.

    Raises:
        ImproperlyConfigured: It names none.
    """
    if path in _OURS:
        path = f"openviper.core.email.backends.{path}.{_OURS[path]}"
    elif "." not in path:
        raise ImproperlyConfigured(
            f"EMAIL_BACKEND={path!r} is not a backend; expected one of {', '.join(map(repr, _OURS))}, or the dotted "
            f"path of a class{closest(path, _OURS)}"
        )
    try:
        found = import_string(path)
    except ImportError as error:
        raise ImproperlyConfigured(f"EMAIL_BACKEND={path!r} cannot be imported: {error}") from error
    if not isinstance(found, type) or not callable(getattr(found, "send", None)):
        raise ImproperlyConfigured(f"EMAIL_BACKEND={path!r} is not a backend; expected a class with async send(data)")
    return cast("type[Any]", found)


class NoAnswerError(Exception):
    """A backend was stopped in the midst: it may have sent."""


class NotBegunError(Exception):
    """A backend was never called."""


class LoadedBackend:
    """A backend, with what this package needs to know of it.

    Raises:
        ImproperlyConfigured: It cannot be made, or is none.
    """

    def __init__(self, settings: EmailSettings) -> None:
        path = settings.EMAIL_BACKEND
        self.backend = _made(path, settings)
        self.concurrency = _concurrency(path, self.backend)
        self._threads = DaemonThreads("openviper-email-backend")
        self._is_async = inspect.iscoroutinefunction(self.backend.send)
        taken = _parameters(self.backend.send)
        #: Whether its ``send`` has the parameter ``sign``.
        self.takes_sign = "sign" in taken
        self._takes_seconds = self._is_async and "seconds" in taken
        self._sign = self._own_sign(path, settings)
        #: Whether its results say which mailer tried last.
        self.names_mailer: bool = getattr(self.backend, "names_mailer", False)

    def _own_sign(self, path: str, settings: EmailSettings) -> Sign | None:
        """Return what ``EMAIL_SIGN`` names, for a backend that cannot read that itself."""
        sign = configured_sign(settings)
        if sign is not None and not self.takes_sign:
            raise ImproperlyConfigured(
                f"EMAIL_SIGN={settings.EMAIL_SIGN!r}, and send() of EMAIL_BACKEND={path!r} has no parameter sign: it "
                "would send without a signature; give it one, or have it sign by itself and unset EMAIL_SIGN"
            )
        return None if hasattr(self.backend, "from_settings") else sign

    async def send(self, data: EmailMessageData, seconds: float, sign: Sign | None) -> object:
        """Return what the backend's ``send`` returned; one that is not async runs in a thread.

        Raises:
            NoAnswerError: It did not come to an end within ``seconds``.
            NotBegunError: Within ``seconds`` no thread was free to call it.
        """
        sign = sign or self._sign
        more: dict[str, Any] = {} if sign is None else {"sign": sign}
        if self._takes_seconds:
            # It ends in time by itself, and then knows how far it came.
            return await self.backend.send(data, seconds=seconds, **more)
        beginning = Lock()
        sending = asyncio.create_task(self._call(data, more, beginning))
        try:
            await asyncio.wait({sending}, timeout=seconds)
        finally:
            if not sending.done():
                await stopped(sending)
        if sending.done() and not sending.cancelled() and not sending.cancelling():
            return sending.result()
        # Whoever takes it first decides: the thread that begins, or this.
        if beginning.acquire(blocking=False):
            raise NotBegunError(
                f"the backend was not called within {seconds:.3g} s: the program had no time or no thread for it"
            )
        if sending.done() and not sending.cancelled() and sending.exception() is None:
            return sending.result()
        if sending.cancelled() and not sending.cancelling():
            raise asyncio.CancelledError
        raise NoAnswerError(f"the backend did not answer within {seconds:.3g} s")

    async def _call(self, data: EmailMessageData, more: dict[str, Any], beginning: Lock) -> object:
        def begin() -> object:
            return self.backend.send(data, **more) if beginning.acquire(blocking=False) else None

        given = begin() if self._is_async else await self._threads.run(begin)
        return await given if inspect.isawaitable(given) else given

    async def close(self, seconds: float) -> None:
        """Close the backend, if it can be closed; ours finishes what is under way within ``seconds``."""
        await stoppable(self._close(seconds))

    async def _close(self, seconds: float) -> None:
        close: Callable[..., Awaitable[None] | None] | None = getattr(self.backend, "close", None)
        if close is None:
            return
        given: dict[str, Any] = {"timeout": seconds} if "timeout" in _parameters(close) else {}
        is_async = inspect.iscoroutinefunction(close)
        closing = close(**given) if is_async else await self._threads.run(close, **given)
        if inspect.isawaitable(closing):
            await closing


def _parameters(function: Callable[..., object]) -> frozenset[str]:
    try:
        return frozenset(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        # Of a function in C nothing may be known.
        return frozenset()


def _made(path: str, settings: EmailSettings) -> Any:
    cls = backend_class(path)
    try:
        return cls.from_settings(settings) if hasattr(cls, "from_settings") else cls()
    except ImproperlyConfigured:
        raise
    except Exception as error:
        raise ImproperlyConfigured(
            f"EMAIL_BACKEND={path!r} cannot be made without arguments: {type(error).__name__}: {error}"
        ) from error


def _concurrency(path: str, backend: Any) -> int:
    concurrency = getattr(backend, "concurrency", 1)
    if type(concurrency) is not int or concurrency < 1:
        raise ImproperlyConfigured(f"EMAIL_BACKEND={path!r} has concurrency={concurrency!r}; expected 1 or more")
    return concurrency
