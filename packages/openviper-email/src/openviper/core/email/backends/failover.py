"""Several mailers, one after the other: the next gets those recipients whom the one before surely did not reach."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, cast

from openviper._settings.email import EmailSettings
from openviper.conf import ImproperlyConfigured, section
from openviper.core.email._building.characters import quoted
from openviper.core.email._sending.answers import merged
from openviper.core.email._sending.attempts import narrowed
from openviper.core.email._sending.backend_loading import LoadedBackend, backend_class
from openviper.core.email._sending.finished import configured_sign
from openviper.core.email._sending.mailer_settings import closest_mailer, mailer_names, mailer_settings, naming
from openviper.core.email._sending.reachability import Reachability
from openviper.core.email._sending.turns import TimeLeft, Turn
from openviper.core.email.errors import InvalidMessage
from openviper.core.email.mailers import Mailer, get_mailer

if TYPE_CHECKING:
    from openviper.core.email._building.wire import Sign
    from openviper.core.email.message import EmailMessageData
    from openviper.core.email.results import DeliveryResult, RecipientResult

__all__ = ["FailoverBackend"]

_logger = logging.getLogger("openviper.email")

# In answer to MAIL or RCPT, and yet about us, whoever the recipient is: RFC 4954, section 6, and RFC 7504.
_OF_THE_MAILER = frozenset({521, 530, 534, 535, 538})
# With less time, in seconds, a mailer that did not answer may well be there.
_LEAST = 1.0


class FailoverBackend:
    """Try the mailers that ``EMAIL_FAILOVER`` names, in order.

    The next one gets who was refused for now, or by a mailer that cannot be used at all: it is not reached, refuses the
    connection or the login, has no TLS. Never who was refused by a server for good, nor who may have the message. Each
    of them may take an equal part of the time that is left of ``EMAIL_TIMEOUT``. One that could not be reached is tried
    last in the next 30 seconds, so that not every message waits for it.

    Raises:
        ImproperlyConfigured: ``EMAIL_FAILOVER`` is empty, or names what is no mailer, a mailer twice, or one that is a
            failover itself.
    """

    #: The results are those of other mailers, and keep their names.
    names_mailer = True

    def __init__(self, settings: EmailSettings | None = None) -> None:
        self._settings = settings or section(EmailSettings)
        self._names = _checked(self._settings.EMAIL_FAILOVER)
        self._sign = configured_sign(self._settings)
        self._reachability = Reachability(self._names)
        #: That of the first one, which gets every message.
        self.concurrency: int = _loaded(self._names[0]).concurrency
        self._check_signing()

    @classmethod
    def from_settings(cls, settings: EmailSettings) -> FailoverBackend:
        """Return the backend of a mailer."""
        return cls(settings)

    def _check_signing(self) -> None:
        """Refuse a signer that some mailer could not be given: it would send without a signature."""
        if self._sign is None:
            return
        for name in self._names:
            settings = mailer_settings(name)
            if settings.EMAIL_SIGN is None and not _loaded(name).takes_sign:
                raise ImproperlyConfigured(
                    f"EMAIL_SIGN={self._settings.EMAIL_SIGN!r} of a failover whose mailer {name!r} cannot sign: send() "
                    f"of {settings.EMAIL_BACKEND!r} has no parameter sign"
                )

    async def send(
        self, message_data: EmailMessageData, *, sign: Sign | None = None, seconds: float | None = None
    ) -> DeliveryResult:
        """Send one message by the first mailer that takes it.

        Raises:
            InvalidMessage: The first mailer cannot send it, whoever the recipient is.
            ImproperlyConfigured: The first mailer's settings cannot be used.
        """
        left = TimeLeft(self._settings.EMAIL_TIMEOUT if seconds is None else seconds)
        held = self._hold()
        try:
            return await self._send(message_data, left, held, sign)
        finally:
            for each in held.values():
                each.release()

    async def _send(
        self, message_data: EmailMessageData, left: TimeLeft, held: dict[str, Mailer], sign: Sign | None
    ) -> DeliveryResult:
        order = self._reachability.order()
        result: DeliveryResult | None = None
        for position, name in enumerate(order):
            data = message_data if result is None else _rest(message_data, result, name)
            if data is None:
                break
            share = max(left.seconds, 0) / (len(order) - position)
            try:
                more = await self._try(held.get(name) or get_mailer(name), data, share, sign)
            except (InvalidMessage, ImproperlyConfigured):
                if result is None and name == self._names[0]:
                    raise
                # Others may have accepted it by now, or will: that is not lost for a mailer that cannot.
                _logger.exception("mailer %r cannot send %s", name, message_data.message_id)
            else:
                result = more if result is None else merged(result, more)
        # There is one: where nobody else answered, the first mailer of all did, or raised.
        return cast("DeliveryResult", result)

    def _hold(self) -> dict[str, Mailer]:
        """Return the mailers, which stay open until this message is done, also where the program ends."""
        held: dict[str, Mailer] = {}
        for name in self._names:
            try:
                held[name] = get_mailer(name)
            except ImproperlyConfigured:
                # Whoever tries it says so.
                continue
            held[name].hold()
        return held

    async def _try(self, mailer: Mailer, data: EmailMessageData, seconds: float, sign: Sign | None) -> DeliveryResult:
        share = min(seconds, mailer.settings.EMAIL_TIMEOUT)
        left = TimeLeft(share)
        if sign is None and mailer.settings.EMAIL_SIGN is None:
            sign = self._sign
        turn = Turn.current()
        if turn is None:
            answer = await mailer.once(data, share, sign=sign)
        else:
            # Of a batch, a mailer has so many at a time, whoever gives it them.
            await turn.wait(mailer.slots.acquire())
            try:
                answer = await mailer.once(data, max(left.seconds, 0), sign=sign)
            finally:
                mailer.slots.release()
        if answer.cause is not None:
            _logger.warning("mailer %r did not send %s", mailer.name, data.message_id, exc_info=answer.cause)
        if left.seconds > share / 2 or share >= min(_LEAST, mailer.settings.EMAIL_TIMEOUT):
            self._reachability.note(mailer.name, answer)
        return answer.result


def _rest(data: EmailMessageData, result: DeliveryResult, name: str) -> EmailMessageData | None:
    """Return the message for those whom the next mailer gets; ``None``: there is nobody."""
    left = tuple(each.recipient for each in result.refused if _is_for_next(each))
    if not left:
        return None
    _logger.warning("%s; mailer %r is tried", result, name)
    return narrowed(data, left)


def _loaded(name: str) -> LoadedBackend:
    with naming(name):
        return LoadedBackend(mailer_settings(name))


def _is_for_next(refusal: RecipientResult) -> bool:
    if refusal.outcome == "permanent":
        return refusal.before_envelope or refusal.code in _OF_THE_MAILER
    return refusal.outcome == "transient"


def _checked(names: tuple[str, ...]) -> tuple[str, ...]:
    if not names:
        raise ImproperlyConfigured("EMAIL_FAILOVER=(); expected the names of mailers, which the failover backend tries")
    if len(set(names)) < len(names):
        raise ImproperlyConfigured(f"EMAIL_FAILOVER={names!r} names a mailer twice; each is tried once")
    settings = section(EmailSettings)
    known = mailer_names(settings)
    for name in names:
        if name not in known:
            raise ImproperlyConfigured(
                f"EMAIL_FAILOVER={names!r} names {quoted(name)}, which is no mailer; expected some of "
                f"{', '.join(map(repr, known))}{closest_mailer(name, settings)}"
            )
        backend = mailer_settings(name).EMAIL_BACKEND
        if _is_failover(backend):
            raise ImproperlyConfigured(
                f"EMAIL_FAILOVER={names!r} names {name!r}, whose backend is {backend!r}, a failover itself; name "
                "mailers that send"
            )
    return names


def _is_failover(path: str) -> bool:
    try:
        return issubclass(backend_class(path), FailoverBackend)
    except ImproperlyConfigured:
        # The first mailer is about to say so; any other does when it is its turn.
        return False
