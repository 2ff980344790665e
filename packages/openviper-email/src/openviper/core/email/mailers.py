"""Mailers: one for each name that ``using=`` takes, in each event loop, from its first message until the loop ends.

::

    result = await get_mailer("bulk").deliver(message)
    await close_mailers()

Nobody has to close them: at the end of ``asyncio.run`` they say QUIT. A web application closes them on its shutdown,
where ``openviper.core.email`` is in ``INSTALLED_APPS``.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from openviper._settings.email import EmailSettings
from openviper.conf import ImproperlyConfigured, section
from openviper.core.email._sending.answers import Answer, answered, refused, said_by
from openviper.core.email._sending.attempts import attempted
from openviper.core.email._sending.backend_loading import LoadedBackend, NoAnswerError, NotBegunError
from openviper.core.email._sending.cancelling import is_cancelled, log_interrupted
from openviper.core.email._sending.finished import checked_sign
from openviper.core.email._sending.limits import check_mailer_limits
from openviper.core.email._sending.loop_mailers import LoopMailers, mailers_of, taken
from openviper.core.email._sending.mailer_settings import DEFAULT, mailer_settings, naming
from openviper.core.email._sending.under_way import UnderWay
from openviper.core.email.errors import InvalidMessage, SignError

if TYPE_CHECKING:
    from openviper.core.email._building.wire import Sign
    from openviper.core.email.message import EmailMessageData
    from openviper.core.email.results import DeliveryResult, Outcome

__all__ = ["Mailer", "close_mailers", "get_mailer", "mailer_among"]

_logger = logging.getLogger("openviper.email")

# What a backend has in any case to note that its time is over, in seconds.
_LAST_SECONDS = 1.0


class Mailer:
    """A backend with its settings, and with what is under way over it.

    Raises:
        ImproperlyConfigured: It cannot be made; nothing is connected for that.
    """

    def __init__(self, name: str, settings: EmailSettings) -> None:
        self.name = name
        self.settings = settings
        with naming(name):
            check_mailer_limits(settings)
            self._loaded = LoadedBackend(settings)
        #: How many messages of a batch are under way at a time.
        self.slots = asyncio.Semaphore(self._loaded.concurrency)
        self._under_way = UnderWay(name)
        # It takes nothing new; and: its backend is being closed, or was.
        self._is_stopped = self._is_closed = False
        self._gone = asyncio.Event()

    @property
    def concurrency(self) -> int:
        """How many messages of a batch the backend is given at a time."""
        return self._loaded.concurrency

    @property
    def backend(self) -> object:
        """What sends."""
        return self._loaded.backend

    async def deliver(self, data: EmailMessageData, *, sign: Sign | None = None) -> DeliveryResult:
        """Send a message, at most twice, within ``EMAIL_TIMEOUT``, and return what became of it.

        Raises:
            InvalidMessage: The message cannot be sent by anybody: it is too large, or ``sign`` is no function.
            ImproperlyConfigured: The settings cannot be used.
        """
        return (await self.answer(data, sign=sign)).result

    async def answer(self, data: EmailMessageData, *, sign: Sign | None = None) -> Answer:
        """Do as :meth:`deliver`; return the error that was the reason too.

        Raises:
            asyncio.CancelledError: The caller was cancelled; the message may have been sent, which is logged.
        """
        sign = checked_sign(sign)
        if self._is_stopped:
            return Answer(refused(data, "transient", f"mailer {self.name!r} is closed", self.name))

        async def once(narrowed: EmailMessageData, seconds: float) -> Answer:
            return await self._once(narrowed, seconds, sign)

        token = self._under_way.begin(data)
        try:
            return await attempted(
                once,
                data,
                self.settings.EMAIL_TIMEOUT,
                retry_ambiguous=self.settings.EMAIL_RETRY_AMBIGUOUS,
                is_open=lambda: not self._is_stopped,
            )
        except asyncio.CancelledError:
            log_interrupted(data, "sent")
            raise
        finally:
            self._under_way.end(token)

    def hold(self) -> None:
        """Have it stay open until :meth:`release`: :meth:`once` may be called for what another mailer has under way."""
        self._under_way.hold()

    def release(self) -> None:
        """Allow it to be closed."""
        self._under_way.release()

    async def once(self, data: EmailMessageData, seconds: float, *, sign: Sign | None = None) -> Answer:
        """Send a message once, within ``seconds``; also after :meth:`stop`, for what was under way before."""
        token = self._under_way.begin(data)
        try:
            return await self._once(data, seconds, sign)
        finally:
            self._under_way.end(token)

    async def _once(self, data: EmailMessageData, seconds: float, sign: Sign | None) -> Answer:
        if sign is not None and not self._loaded.takes_sign:
            raise ImproperlyConfigured(
                f"sign= was given, and send() of {self.settings.EMAIL_BACKEND!r}, the backend of mailer {self.name!r}, "
                "has no parameter sign"
            )
        if self._is_closed:
            return Answer(refused(data, "transient", f"mailer {self.name!r} is closed", self.name))
        try:
            given = await self._given(data, seconds, sign)
        except SignError as error:
            return Answer(refused(data, "permanent", str(error), self.name), error.__cause__)
        except (InvalidMessage, ImproperlyConfigured):
            raise
        except (NoAnswerError, NotBegunError) as error:
            outcome: Outcome = "ambiguous" if isinstance(error, NoAnswerError) else "transient"
            return Answer(refused(data, outcome, str(error), self.name), error)
        except Exception as error:
            return Answer(refused(data, "transient", said_by(error), self.name), error)
        answer = answered(data, given, self.name)
        if self._loaded.names_mailer or answer.result.mailer == self.name:
            return answer
        return Answer(replace(answer.result, mailer=self.name), answer.cause)

    async def _given(self, data: EmailMessageData, seconds: float, sign: Sign | None) -> object:
        try:
            return await self._loaded.send(data, seconds, sign)
        except asyncio.CancelledError as error:
            if is_cancelled():
                raise
            raise NoAnswerError("something that the backend waited for was cancelled; it may have sent") from error

    def stop(self) -> None:
        """Refuse new messages for now from here on."""
        self._is_stopped = True

    async def close(
        self,
        timeout: float | None = None,  # noqa: ASYNC109 - reports
        *,
        at_most: float | None = None,
    ) -> None:
        """Take nothing new, wait for what is under way, report what is not done in time, and close the backend.

        Args:
            timeout: In seconds, for all of that; ``None``: ``EMAIL_DRAIN_TIMEOUT``. One second more is only for a
                backend that does not keep to it.
            at_most: No more than so many seconds; ``None``: whatever ``timeout`` says.
        """
        clock = asyncio.get_running_loop().time
        seconds = self.settings.EMAIL_DRAIN_TIMEOUT if timeout is None else timeout
        deadline = clock() + (seconds if at_most is None else min(seconds, at_most))
        self.stop()
        try:
            await self._under_way.drained(deadline - clock())
        except asyncio.CancelledError:
            # Whoever waited does so no longer; what is open is closed all the same.
            await self._close_backend(0)
            raise
        await self._close_backend(max(deadline - clock(), 0))

    async def _close_backend(self, seconds: float) -> None:
        if self._is_closed:
            # Somebody else does that: a backend is closed once.
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds + _LAST_SECONDS):
                    await self._gone.wait()
            return
        self._is_closed = True
        try:
            async with asyncio.timeout(seconds + _LAST_SECONDS):
                await self._loaded.close(seconds)
        except Exception:
            _logger.exception("mailer %r could not be closed", self.name)
        finally:
            self._gone.set()


def get_mailer(using: str = DEFAULT) -> Mailer:
    """Return the mailer of this name in the running event loop; made at the first call.

    When other settings are in force, as inside ``override_settings``, it is another one.

    Raises:
        ImproperlyConfigured: There is none of this name, or its settings cannot be used.
        RuntimeError: No event loop is running.
    """
    return mailer_among(mailers_of(asyncio.get_running_loop()), using)


def mailer_among(of_loop: LoopMailers, using: str) -> Mailer:
    """Do as :func:`get_mailer`; of mailers that have been closed meanwhile, return one that takes nothing.

    Raises:
        ImproperlyConfigured: There is none of this name, or its settings cannot be used.
    """
    settings = section(EmailSettings)
    known = of_loop.get(using, settings)
    return known or of_loop.put(using, settings, Mailer(using, mailer_settings(using, settings)))


async def close_mailers(
    timeout: float | None = None,  # noqa: ASYNC109 - reports
    *,
    at_most: float | None = None,
) -> None:
    """Close the mailers of the running event loop, once what is under way is done.

    Args:
        timeout: How long to wait for that, in seconds; ``None``: each its ``EMAIL_DRAIN_TIMEOUT``. What is not done
            then is logged, message by message.
        at_most: None of them longer than so many seconds.
    """
    found = taken(asyncio.get_running_loop())
    if found is not None:
        await found.close(timeout, at_most)
